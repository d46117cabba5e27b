"""A protected table as a directory: what may be published, and inside it what must not leave.

NAME.csv, NAME.yaml   the table as printed, and what it means
known/                the tables it was attacked together with, in the same form
record.json           the rule, how many cells were treated how, the attack, the proof's digest
inside/               the proof, and the picture of before and after: these hold the truth
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sharewell.disclosure.checker import Checked, check_proof
from sharewell.disclosure.proof import ProofError, digest, seal, unseal, write_proof
from sharewell.disclosure.protect import STARRED, WITHHELD
from sharewell.disclosure.safeguard import Safeguarded
from sharewell.disclosure.tablefile import TO, TableFile, TableFileError
from sharewell.disclosure.tablewriting import write_table_file

RECORD, INSIDE, KNOWN = "record.json", "inside", "known"
PLAIN, SEALED, PICTURE = "proof.npz", "proof.npz.age", "heatmap.html"


def write_protected(
    done: Safeguarded,
    known: Sequence[TableFile],
    out: Path,
    picture: str,
    *,
    proof_to: Sequence[str] = (),
    plain_proof: bool = False,
) -> dict[str, Any]:
    """Writes everything to ``out``, which appears whole or not at all; returns the record.

    The proof is kept encrypted to the age keys ``proof_to``, or as it is with ``plain_proof``;
    else only its digest is. Raises TableFileError when the table is not safe, or when two known
    tables have one name, and ProofError for a key that is none.
    """
    if not done.safe:
        raise TableFileError(f"{done.table.name} is not safe. Only a safe table is written.")
    data = write_proof(done.proof)
    names = [done.table.name, *(f"{KNOWN}/{file.name}" for file in known)]
    if len(set(names)) < len(names):
        raise TableFileError("Two known tables have the same file name. Rename one.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".sharewell-", dir=out.parent) as temporary:
        part = Path(temporary) / out.name
        (part / INSIDE).mkdir(parents=True)
        files: dict[str, str] = {}
        for name, file in zip(names, done.after.linked.placed_files(), strict=True):
            (part / name).parent.mkdir(exist_ok=True)
            for path in write_table_file(file, part / name):
                files[path.relative_to(part).as_posix()] = _sha256(path)
        record = describe(done, files, data)
        (part / RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        (part / INSIDE / PICTURE).write_text(picture, "utf-8")
        if proof_to:
            (part / INSIDE / SEALED).write_bytes(seal(data, proof_to))
        if plain_proof:
            (part / INSIDE / PLAIN).write_bytes(data)
        if out.exists():
            out.rmdir()
        part.rename(out)
    return record


def describe(done: Safeguarded, files: Mapping[str, str], proof: bytes) -> dict[str, Any]:
    """The record that goes with the table. It says nothing of the table before repair."""
    printed = np.array(done.table.printed)
    treated = {
        "starred": int((printed == STARRED).sum()),
        "withheld": int((printed == WITHHELD).sum()),
        "range": sum(TO in text for text in done.table.printed),
    }
    rule = done.table.rule
    return {
        "title": done.table.title,
        "rule": {
            key: getattr(rule, key) for key in ("id", "title", "low", "high", "base", "source")
        },
        "width": done.after.width,
        "treatments": {**treated, "printed": len(printed) - sum(treated.values())},
        "attack": done.after.as_dict(),
        "proof": {"sha256": digest(proof), "witnesses": len(done.proof.tables)},
        "software": {name: version(name) for name in ("sharewell", "highspy", "numpy")},
        "files": dict(files),
    }


def check_protected(directory: Path, secret: str | None = None) -> Checked:
    """Whether the proof in ``directory`` holds for the tables there, and all is as recorded.

    ``secret`` is the age secret key where the proof is encrypted. Raises ProofError when there is
    no record, or no proof that can be opened.
    """
    try:
        record = json.loads((directory / RECORD).read_text("utf-8"))
        expected, width, files = record["proof"]["sha256"], int(record["width"]), record["files"]
        named = {name: (directory / name, str(sha)) for name, sha in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ProofError(f"{directory / RECORD} is no record of a protected table.") from None
    data = _proof(directory, secret)
    problems = []
    if digest(data) != expected:
        problems.append(f"The proof is not the one whose SHA-256 {RECORD} has.")
    for name, (path, sha) in named.items():
        if _sha256(path) != sha:
            problems.append(f"{name} is not the file whose SHA-256 {RECORD} has.")
    checked = check_proof(table_paths([directory]), data, width)
    return replace(checked, problems=(*problems, *checked.problems))


def table_paths(paths: Sequence[Path]) -> list[Path]:
    """The CSVs named; those with a YAML in the directories named, and those known there.

    Raises TableFileError for a directory without any.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [*path.glob("*.csv"), *path.glob(f"{KNOWN}/*.csv")]
            described = sorted(each for each in inside if each.with_suffix(".yaml").exists())
            if not described:
                raise TableFileError(
                    f"{path} has no table: a CSV with a YAML of the same name beside it."
                )
            found += described
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _proof(directory: Path, secret: str | None) -> bytes:
    plain, sealed = directory / INSIDE / PLAIN, directory / INSIDE / SEALED
    if secret is None and plain.exists():
        return plain.read_bytes()
    if not sealed.exists():
        raise ProofError(
            f"There is no proof in {directory / INSIDE}. Put it there as {PLAIN} or {SEALED}."
        )
    if secret is None:
        raise ProofError(f"{sealed} is encrypted. Give the age secret key that opens it.")
    return unseal(sealed.read_bytes(), secret)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
