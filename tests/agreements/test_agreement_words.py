"""Every clause quotes its document verbatim (white space aside)."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from agreement_examples import (
    DRUGS,
    MONITORING,
    NAMES,
    PRODUCTS,
    ROOT,
    SHARED,
    VIOLENCE,
    VIOLENCE_NOW,
    example,
)

SEEDS = SHARED / "seeds"
WORKBOOK = SHARED / "data" / "register" / "register_edition_B.xlsx"
WORKBOOK_OF = {"register-2026-10": WORKBOOK}
DOCUMENTS: dict[str, dict[str, Path]] = {
    DRUGS: {
        "register": SEEDS / "000_15963c56fb1e7587.txt",
        "audit": SEEDS / "003_553522aac6cb6709.txt",
    },
    VIOLENCE: {"register": SEEDS / "001_d5ba9de42853918c.txt", **WORKBOOK_OF},
    VIOLENCE_NOW: WORKBOOK_OF,
    PRODUCTS: {"register": SEEDS / "002_0ba8b1318d65e19e.txt", **WORKBOOK_OF},
    MONITORING: {
        "privacy": SEEDS / "004_d6dc7c33b68f60d9.txt",
        "invented": ROOT / "examples" / "documents" / "monitoring-agreement-invented.md",
    },
}
CLAUSES = [(name, clause) for name in NAMES for clause in example(name).clauses()]


@cache
def document(path: Path, reference: str) -> str:
    """The text of a document; of the workbook, the rows of one agreement as 'Header: value'."""
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the repository")
    if path.suffix in (".txt", ".md"):
        return squeeze(path.read_text("utf-8"))
    texts = []
    with closing(openpyxl.load_workbook(path, read_only=True)) as book:
        for sheet in book:
            header, *rows = sheet.iter_rows(values_only=True)
            texts += [
                " ".join(f"{name}: {plain(value)}" for name, value in zip(header, row, strict=True))
                for row in rows
                if reference in row
            ]
    return squeeze("\n".join(texts))


def plain(value: object) -> str:
    return str(value).removesuffix(" 00:00:00")


def squeeze(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("name", "clause"), CLAUSES, ids=lambda value: getattr(value, "id", value))
def test_words_are_verbatim(name: str, clause: object) -> None:
    document_id = clause.source.split(" / ")[0]
    text = document(DOCUMENTS[name][document_id], name)
    assert squeeze(clause.words) in text


def test_every_document_is_known_and_used() -> None:
    for name in NAMES:
        declared = {document.id for document in example(name).documents}
        quoted = {clause.source.split(" / ")[0] for clause in example(name).clauses()}
        assert declared == quoted == set(DOCUMENTS[name])


def test_terms_are_those_of_the_register() -> None:
    for name in (name for name in NAMES if WORKBOOK in DOCUMENTS[name].values()):
        text = document(WORKBOOK, name)
        term = example(name).term
        assert f"DSA Start Date: {term.first} DSA End Date: {term.last}" in text
