"""The proof that nothing can be learnt: for each protected cell two whole tables that both fit.

A witness is a table of counts that satisfies everything published. A cell that is 1 in one
witness and 4 in another cannot be told from what was published. `checker` verifies a proof
without any solver.

**A proof holds the truth.** It stays inside, encrypted; only its digest is published.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyrage

from sharewell.disclosure.attacker import Bounds
from sharewell.disclosure.system import Ints, System

_VERSION = 1


class ProofError(ValueError):
    """A proof that cannot be made, opened or read."""


@dataclass(frozen=True)
class CellNames:
    """Where n cells stand: ``codes`` (n, d) index into the ``categories`` of d ``dimensions``."""

    dimensions: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    codes: Ints

    def of(self, cell: int) -> dict[str, str]:
        """Where one cell stands, by dimension."""
        return {
            name: values[int(code)]
            for name, values, code in zip(
                self.dimensions, self.categories, self.codes[cell], strict=True
            )
        }


@dataclass(frozen=True)
class Proof:
    """``tables`` (w, n) are the witnesses over the n cells that ``names`` places.

    Protected cell ``cells[i]`` (p,) has its least count in witness ``at_low[i]`` and its greatest
    in ``at_high[i]``, which differ by at least ``width - 1``, but where a cell that holds no small
    number was withheld to protect others.
    """

    names: CellNames
    cells: Ints
    at_low: Ints
    at_high: Ints
    tables: Ints
    width: int

    @property
    def low(self) -> Ints:
        """(p,) the least count of each protected cell over the witnesses."""
        return np.asarray(self.tables[self.at_low, self.cells])

    @property
    def high(self) -> Ints:
        """(p,) the greatest."""
        return np.asarray(self.tables[self.at_high, self.cells])


def fits(system: System, table: Ints) -> bool:
    """Whether a table satisfies every bound and every equation. Exact, in integers."""
    if (table < system.low).any() or (table > system.high).any():
        return False
    if not len(system.total):
        return True
    sums = np.add.reduceat(table[system.parts], system.start[:-1])
    return bool(np.array_equal(sums, table[system.total]))


def prove(
    system: System, bounds: Bounds, truth: Ints, second: Ints, *, names: CellNames, width: int = 3
) -> Proof:
    """The proof for every protected cell of ``system``, as it is published in the end.

    Witnesses are the ``truth`` (n,), the ``second`` tables (k, n) of repair and those of the
    attack. Raises ProofError for a table among them that does not fit what is published.
    """
    tables = np.vstack([truth[None, :], second.reshape(-1, len(truth)), bounds.witnesses])
    for number, table in enumerate(tables):
        if not fits(system, table):
            raise ProofError(f"Witness {number} does not fit what is published.")
    cells = np.flatnonzero(system.protected)
    at_low = tables[:, cells].argmin(axis=0)
    at_high = tables[:, cells].argmax(axis=0)
    used, renumbered = np.unique(np.concatenate([at_low, at_high]), return_inverse=True)
    return Proof(
        names=names,
        cells=cells,
        at_low=renumbered[: len(cells)],
        at_high=renumbered[len(cells) :],
        tables=tables[used] if len(used) else tables[:1],
        width=width,
    )


def write_proof(proof: Proof) -> bytes:
    """The proof as a NumPy archive (npz). The same proof gives the same bytes.

    Witnesses are stored as differences from the first, in the narrowest type that holds them.
    """
    arrays = {
        "version": np.array(_VERSION),
        "width": np.array(proof.width),
        "dimensions": np.array(proof.names.dimensions, dtype=np.str_),
        "codes": _narrow(proof.names.codes.T),
        "cells": _narrow(proof.cells),
        "at_low": _narrow(proof.at_low),
        "at_high": _narrow(proof.at_high),
        "first": _narrow(proof.tables[0]),
        "others": _narrow(proof.tables[1:] - proof.tables[0]),
    }
    for number, values in enumerate(proof.names.categories):
        arrays[f"categories_{number}"] = np.array(values, dtype=np.str_)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # its stub takes one array type
    return out.getvalue()


def read_proof(data: bytes) -> Proof:
    """The proof that `write_proof` wrote. Raises ProofError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            if int(file["version"]) != _VERSION:
                raise ProofError(f"The proof has form {file['version']}; this reads {_VERSION}.")
            first = file["first"].astype(np.int64)
            dimensions = tuple(file["dimensions"].tolist())
            proof = Proof(
                names=CellNames(
                    dimensions,
                    tuple(tuple(file[f"categories_{n}"].tolist()) for n in range(len(dimensions))),
                    file["codes"].T.astype(np.int64),
                ),
                cells=file["cells"].astype(np.int64),
                at_low=file["at_low"].astype(np.int64),
                at_high=file["at_high"].astype(np.int64),
                tables=np.vstack([first[None, :], first + file["others"].astype(np.int64)]),
                width=int(file["width"]),
            )
    except ProofError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged archive fails in many ways
        raise ProofError(f"This is no proof, or it was damaged ({error}).") from None
    return proof


def digest(data: bytes) -> str:
    """The SHA-256 of a proof's bytes before encryption: what is published of it."""
    return hashlib.sha256(data).hexdigest()


def seal(data: bytes, recipients: Sequence[str]) -> bytes:
    """The proof encrypted to age public keys (``age1...``). Raises ProofError for none, or a
    key that is none."""
    if not recipients:
        raise ProofError("Nobody to encrypt the proof to. Give an age public key (age1...).")
    keys = []
    for text in recipients:
        if text.strip().upper().startswith("AGE-SECRET-KEY-"):
            raise ProofError(
                "A secret key was given as a recipient. Give the public key (age1...), and make "
                "a new pair: a secret key that was shown to anybody is no longer secret."
            )
        try:
            keys.append(pyrage.x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError:
            raise ProofError(f"'{text.strip()}' is no age public key (age1...).") from None
    return bytes(pyrage.encrypt(data, keys))


def unseal(data: bytes, secret: str) -> bytes:
    """The proof opened with an age secret key. Raises ProofError when the key does not open it."""
    try:
        identity = pyrage.x25519.Identity.from_str(secret.strip())
    except pyrage.IdentityError:
        raise ProofError(
            "This is no age secret key. It begins with AGE-SECRET-KEY-1 and is one line."
        ) from None
    try:
        return bytes(pyrage.decrypt(data, [identity]))
    except pyrage.DecryptError as error:
        raise ProofError(
            f"The proof does not open with this key: it was encrypted to another, or it is "
            f"damaged ({error})."
        ) from None


def _narrow(values: Ints) -> npt.NDArray[np.signedinteger]:
    """The values in the narrowest integer type that holds them all."""
    least, most = int(values.min(initial=0)), int(values.max(initial=0))
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
            return values.astype(kind)
    return values
