"""A small release for the tests of publication."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from publication_samples import counted, published, release_notes

from sharewell.disclosure import PublishedTable
from sharewell.publication import ReleaseNotes


@pytest.fixture(scope="session")
def cells() -> pa.Table:
    return counted(years=3)


@pytest.fixture(scope="session")
def table(cells: pa.Table) -> PublishedTable:
    return published(cells)


@pytest.fixture
def notes() -> ReleaseNotes:
    return release_notes()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory to write a release into."""
    return tmp_path / "release"
