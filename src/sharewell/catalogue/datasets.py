"""The datasets of episodes that can be validated and imported, by name."""

from __future__ import annotations

from sharewell.catalogue.fields import Dataset
from sharewell.catalogue.hes_apc import HES_APC
from sharewell.catalogue.pedw import PEDW

DATASETS: dict[str, Dataset] = {dataset.id: dataset for dataset in (HES_APC, PEDW)}


def dataset(name: str) -> Dataset:
    """The dataset called ``name`` ('hes_apc' or 'hes-apc'); KeyError names the known ones."""
    try:
        return DATASETS[name.lower().replace("-", "_")]
    except KeyError:
        raise KeyError(
            f"No dataset of episodes is called '{name}'. Known: {', '.join(DATASETS)}."
        ) from None
