"""Ways to link the same invented records: Sharewell's, and Splink as somebody would set it up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from sharewell.linkage import Policy, Records, link
from sharewell.linkage.calendar import parts_of
from sharewell.linkage.records import Ints

SURE = 0.5
"""A pair is one person from this probability up, in every way."""


def exact(records: Records) -> Ints:
    """By the exact attributor."""
    return link(records).exact


def stepwise(records: Records) -> Ints:
    """By the steps."""
    return link(records).person


def strict(records: Records) -> Ints:
    """By the steps, where the district agrees."""
    return link(records, policy=Policy(district_must_agree=True)).person


def by_splink(records: Records) -> Ints:
    """By Splink on DuckDB, with the same fields.

    Initials, parts of the date, sex, and postcode district with its term frequencies; blocked so
    that any one part may differ (a part of the date where the district agrees, for speed), and
    trained by expectation maximisation on a sample.
    """
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink.blocking_rule_library import CustomRule

    logging.getLogger("splink").setLevel(logging.ERROR)

    def level(condition: str, label: str) -> Any:
        return levels.CustomLevel(condition, label)

    initials = comparisons.CustomComparison(
        [
            level("initials_l = initials_r", "the same"),
            level("first_l = last_r and last_l = first_r", "swapped"),
            level("first_l = first_r", "first agrees"),
            level("last_l = last_r", "last agrees"),
            levels.ElseLevel(),
        ],
        "initials",
    )
    born = comparisons.CustomComparison(
        [
            level("born_l = born_r", "the same"),
            level("y_l = y_r and m_l = d_r and d_l = m_r", "swapped"),
            level("y_l = y_r and m_l = m_r", "day differs"),
            level("y_l = y_r and d_l = d_r", "month differs"),
            level("m_l = m_r and d_l = d_r", "year differs"),
            levels.ElseLevel(),
        ],
        "born",
    )
    district = comparisons.ExactMatch("district").configure(term_frequency_adjustments=True)
    settings = SettingsCreator(
        "dedupe_only",
        [initials, born, comparisons.ExactMatch("sex"), district],
        [
            block_on("born", "first"),
            block_on("born", "last"),
            CustomRule("l.born = r.born and l.first = r.last and l.last = r.first"),
            block_on("initials", "district", "y", "m"),
            block_on("initials", "district", "y", "d"),
            block_on("initials", "district", "m", "d"),
            CustomRule("l.initials = r.initials and l.y = r.y and l.m = r.d and l.d = r.m"),
        ],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(_table(records)), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("initials", "born", "sex")], recall=0.85
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=1)
    for rule in (block_on("born", "sex"), block_on("initials", "district")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, max_pairs=1_000_000
        )
    found = linker.inference.predict(threshold_match_probability=SURE)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        found, threshold_match_probability=SURE
    )
    table = clusters.as_duckdbpyrelation().to_arrow_table()
    row = table["unique_id"].to_numpy()
    person: Ints = table["cluster_id"].to_numpy()[np.argsort(row)].astype(np.int64)
    return person


WAYS: dict[str, tuple[str, Callable[[Records], Ints]]] = {
    "exact": ("exact attributor", exact),
    "stepwise": ("stepwise", stepwise),
    "strict": ("stepwise, district must agree", strict),
    "splink": ("Splink", by_splink),
}


def _table(records: Records) -> pa.Table:
    year, month, day = parts_of(records.born)
    return pa.table(
        {
            "unique_id": np.arange(len(records)),
            "first": records.first,
            "last": records.last,
            "initials": records.first * 26 + records.last,
            "born": records.born,
            "y": year,
            "m": month,
            "d": day,
            "sex": records.sex,
            "district": pa.array(records.district, mask=records.district < 0),
        }
    )
