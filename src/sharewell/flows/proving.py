"""Check the proof of a release again: without the solver that found it.

What is published is linked anew from the files that the ledger names. Every witness must fit all
of it, and for each small number two of them must lie far enough apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sharewell.disclosure.checker import Checked
from sharewell.disclosure.defend import touched
from sharewell.disclosure.frame import frame_of
from sharewell.disclosure.proof import CellNames, Proof, digest, fits, read_proof, unseal
from sharewell.disclosure.relations import Linked, link
from sharewell.disclosure.system import Ints
from sharewell.flows.access import Access, record_access
from sharewell.flows.defending import PROOF, names_of, proof_key
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.known import SHOWN_ACTS, known_releases, released_tables
from sharewell.flows.people import Person
from sharewell.flows.releases import PREPARED
from sharewell.ledger import Entry


def check_release(home: Home, person: Person, release: str) -> Checked:
    """Whether the proof kept with a release holds for what was released, then and before.

    The proof holds true counts; nobody sees them, and the ledger has who checked. Raises FlowError
    for a release that is not there or has no proof, and ProofError for one that does not open.
    """
    entry = find_release(home, release)
    sealed = {ref.name: ref for ref in entry.files}.get(PROOF)
    if sealed is None:
        raise FlowError(f"{release} has no proof: it was made before releases were attacked.")
    record_access(
        home,
        person,
        "preview",
        Access(what=f"Checked the proof of {release}.", agreement=entry.body["agreement"]),
    )
    data = unseal(home.files.path(sealed.sha256).read_bytes(), proof_key(home).secret)
    facts = entry.body["disclosure"]
    new = released_tables(home, entry)
    known = known_releases(home, new, before=entry.body.get(PREPARED, entry.seq))
    tables = (*new, *known.tables)
    linked = link(tables, frame_of(new[0].source), small=facts["small"], differences=True)
    proof = read_proof(data)
    problems = []
    if digest(data) != facts["proof"]:
        problems.append("The proof is not the one whose SHA-256 the ledger has.")
    if list(known.entries) != facts["compared_with"]:
        problems.append("The ledger now names other earlier releases than were compared.")
    checked = check_linked(
        proof, linked, len(new), facts["width"], facts["known_from_earlier_releases_alone"]
    )
    return replace(checked, problems=(*problems, *checked.problems))


def check_linked(proof: Proof, linked: Linked, new: int, width: int, already: int = 0) -> Checked:
    """Whether a proof holds for tables that were linked anew, the ``new`` ones first.

    So many counts as earlier tables alone give away (``already``) need not be told apart.
    """
    names = names_of(linked)
    if proof.tables.shape[1] != len(linked) or not _same_names(names, proof.names):
        problem = "The proof is of other counts than those that were released."
        return Checked(len(linked), 0, len(proof.tables), (problem,))
    problems = [
        f"Witness {number} does not fit what is published."
        for number, table in enumerate(proof.tables)
        if not fits(linked.system, table)
    ]
    small = np.flatnonzero(linked.system.protected & touched(linked, new))
    near = small[np.ptp(proof.tables[:, small], axis=0) < width - 1]
    if len(near) > already:
        problems += [f"{linked.name(int(c))}: the witnesses are too near." for c in near]
    return Checked(len(linked), len(small), len(proof.tables), tuple(problems))


def find_release(home: Home, release: str) -> Entry:
    """The entry of a release to an audience, by its id; FlowError when there is none."""
    for kind in SHOWN_ACTS:
        for entry in home.ledger.entries(kind=kind, where={"release": release}):
            return entry
    raise FlowError(f"There is no release '{release}'. See 'sharewell ledger list'.")


def _same_names(one: CellNames, other: CellNames) -> bool:
    return one.dimensions == other.dimensions and all(
        np.array_equal(_texts(one, at), _texts(other, at)) for at in range(len(one.dimensions))
    )


def _texts(names: CellNames, at: int) -> Ints:
    return np.asarray(np.array(names.categories[at], dtype=object)[names.codes[:, at]])
