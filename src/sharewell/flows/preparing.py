"""Two steps to a release: prepare it and keep it back; after its reviews, let it out or return it.

What is prepared is a release in all but name: the agreement was asked, the figures are protected,
the files are in the store under an entry of the kind 'prepared'. No view shows them. To release
is to append the release's own entry with the same files, so it happens whole or not at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sharewell.agreements import Agreement, Decision, Request, decide
from sharewell.agreements.model import Flow
from sharewell.flows.asking import ask
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home, leaving, make_view
from sharewell.flows.outputs import size_problems, type_problems
from sharewell.flows.people import Person
from sharewell.flows.publishing import PUBLIC, publish
from sharewell.flows.registering import SAFE_SETTING
from sharewell.flows.releases import PREPARED, Progress, no_progress
from sharewell.ledger import Entry
from sharewell.publication import encrypt_directory

SHOWN = ("share", "publish")
RETURNED = "returned"
SHORTEST_CONTEXT = 20  # characters; a quarter of requests elsewhere fail for missing context


@dataclass(frozen=True)
class Declared:
    """What the requester says of a release: what it is for, how it relates to what was released
    before, and whether the analysis was done here so that these outputs alone leave."""

    context: str
    earlier: str
    safe_setting: bool


@dataclass(frozen=True)
class Checked:
    """One automatic check: what was looked at, whether it holds, and what was found."""

    name: str
    ok: bool
    said: str


@dataclass(frozen=True)
class Verdict:
    """One reviewer's."""

    person: str
    name: str
    approve: bool
    comment: str


def prepare(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    on: date,
    request: str,
    audience: str = PUBLIC,
    tables: Sequence[str] = (),
    combined: bool = False,
    counted_in: Entry | None = None,
    progress: Progress = no_progress,
) -> Entry:
    """Does all that `publish` does, and keeps the files back. Raises as `publish` does.

    ``request`` names what this is prepared for: asked again, it gives the same entry, so that
    work that was killed can begin again.
    """
    for entry in home.ledger.entries(kind=PREPARED, where={"request": request}):
        return entry
    return publish(
        replace(home, held_for=request),
        person,
        agreement,
        on=on,
        audience=audience,
        tables=tables,
        combined=combined,
        counted_in=counted_in,
        progress=progress,
    ).entry


def ask_to_prepare(
    home: Home,
    person: Person,
    agreement: Agreement,
    *,
    on: date,
    audience: str,
    tables: Sequence[str],
) -> tuple[Decision, ...]:
    """Asks what `prepare` will ask, before the work. Raises NotPermitted, or Refused with the
    refusal in the ledger."""
    act = "publish" if audience.casefold() == PUBLIC else "share"
    requests = [
        Request(act=act, on=on, by=person.organisation, to=audience, audience=audience, table=name)
        for name in tables
    ]
    return ask(home, person, act, agreement, requests)


def makers(home: Home, prepared: Entry) -> frozenset[str]:
    """The ids of everybody whose work a prepared release is: who asked for it, and who supplied
    or combined its tables."""
    inputs = (next(home.ledger.entries(after=seq - 1)) for seq in prepared.body["inputs"])
    return frozenset({prepared.actor["id"], *(entry.actor["id"] for entry in inputs)})


def prepared_entry(home: Home, seq: int) -> Entry:
    """The prepared release at this place of the ledger; FlowError when there is none."""
    entry = next(home.ledger.entries(kind=PREPARED, after=seq - 1), None)
    if entry is None or entry.seq != seq:
        raise FlowError(f"Entry {seq} is no prepared release.")
    return entry


def earlier_releases(home: Home, prepared: Entry) -> tuple[Entry, ...]:
    """Everything shown that counts the same datasets as a prepared release."""
    return releases_of(home, _datasets(prepared))


def releases_of(home: Home, datasets: Collection[str]) -> tuple[Entry, ...]:
    """Everything shown that counts one of these datasets."""
    return tuple(
        entry
        for kind in SHOWN
        for entry in home.ledger.entries(kind=kind)
        if _datasets(entry) & set(datasets)
    )


def check_prepared(
    home: Home, prepared: Entry, agreement: Agreement, declared: Declared, on: date
) -> tuple[Checked, ...]:
    """Every automatic check, on a day, under the version that governs that day."""
    files = {ref.name: home.files.path(ref.sha256) for ref in leaving(prepared)}
    refused = _refusals(prepared, agreement, on)
    bare = _unprotected(prepared, agreement)
    types, sizes = type_problems(files), size_problems(files)
    before = earlier_releases(home, prepared)
    context = []
    if len(declared.context.strip()) < SHORTEST_CONTEXT:
        context.append("Say in a sentence or two what the figures are for and who will use them.")
    if before and not declared.earlier.strip():
        context.append(
            f"{len(before)} earlier releases count the same data. Say how this one relates to them."
        )
    return (
        _checked("Decision", refused, f"{agreement.name} allows it on {on}."),
        _checked("Disclosure control", bare, "Every table is protected by the agreement's rule."),
        _checked("File types", types, f"All {len(files)} files are what they say they are."),
        _checked("Size", sizes, f"{sum(ref.bytes for ref in leaving(prepared)):,} bytes."),
        _checked("Context", context, "What it is for, and what was released before, is declared."),
        _checked("Encryption", _no_key(home, prepared, agreement), "Sent as the agreement says."),
    )


def release_prepared(
    home: Home,
    prepared: Entry,
    agreement: Agreement,
    declared: Declared,
    verdicts: Sequence[Verdict],
    on: date,
) -> Entry:
    """Lets a prepared release out; the same entry again when that was done before.

    FlowError when it was returned, when a check no longer holds, when it lacks two approvals of
    different people who had no part in making it, or when something else that counts the same
    data came out since: what readers know has changed, and it must be prepared again.
    """
    check_reviews(home, prepared, verdicts)
    with home.ledger.transaction() as transaction:
        transaction.wait_turn()
        done = released_entry(home, prepared)
        if done is None:
            if _returned(home, prepared):
                raise FlowError(f"{prepared.body['release']} was returned. Ask for it again.")
            _check_still_holds(home, prepared, agreement, declared, on)
            body = {k: v for k, v in prepared.body.items() if k not in ("act", "request")}
            done = transaction.append(
                prepared.body["act"],
                actor=prepared.actor,
                body={
                    **body,
                    "on": on.isoformat(),
                    PREPARED: prepared.seq,
                    "declared": asdict(declared),
                    "reviews": [asdict(verdict) for verdict in verdicts],
                    **({SAFE_SETTING: True} if declared.safe_setting else {}),
                },
                files=prepared.files,
            )
    make_view(home, home.releases / done.body["release"], done)
    return done


def return_prepared(
    home: Home,
    prepared: Entry,
    verdicts: Sequence[Verdict],
    reasons: str,
    by: Person | None = None,
) -> Entry:
    """Records that a prepared release went back to whoever asked, and why; once.

    ``by`` is who took it back, where it is not whoever asked. FlowError when it is out already.
    """
    with home.ledger.transaction() as transaction:
        transaction.wait_turn()
        if done := _returned(home, prepared):
            return done
        if released_entry(home, prepared):
            raise FlowError(f"{prepared.body['release']} is released and cannot be returned.")
        return transaction.append(
            RETURNED,
            actor=by.as_actor() if by else prepared.actor,
            body={
                "release": prepared.body["release"],
                "agreement": prepared.body["agreement"],
                "reference": prepared.body["reference"],
                PREPARED: prepared.seq,
                "reviews": [asdict(verdict) for verdict in verdicts],
                "reasons": reasons,
            },
        )


def check_reviews(home: Home, prepared: Entry, verdicts: Sequence[Verdict]) -> None:
    """FlowError unless two different people approved, neither of whom had a part in making it."""
    approving = {verdict.person for verdict in verdicts if verdict.approve}
    if not all(verdict.approve for verdict in verdicts) or len(approving) < 2:
        raise FlowError("A release needs two people who approve it, and nobody who returns it.")
    if makers(home, prepared) & {verdict.person for verdict in verdicts}:
        raise FlowError("Whoever asks for a release, or made its tables, does not review it.")


def package(home: Home, released: Entry, agreement: Agreement, directory: Path) -> Path:
    """One file with the whole release, in ``directory``: encrypted where the agreement says so.

    A tar in an age file for the recipient's key, or a ZIP. Raises FlowError without a key.
    """
    name = released.body["release"]
    plain = directory / "plain"
    for ref in leaving(released):
        target = plain / ref.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(home.files.path(ref.sha256))
    if not sent_sealed(released, agreement):
        return Path(shutil.make_archive(str(directory / name), "zip", plain))
    recipient = home.directory.recipient(released.body["to"])
    return encrypt_directory(plain, [recipient.age], directory / f"{name}.tar.age")


def _check_still_holds(
    home: Home, prepared: Entry, agreement: Agreement, declared: Declared, on: date
) -> None:
    if agreement.name != prepared.body["agreement"]:
        raise FlowError(
            f"{agreement.name} governs now, and this was prepared under "
            f"{prepared.body['agreement']}. Ask for it again."
        )
    since = [e for e in earlier_releases(home, prepared) if e.seq > prepared.seq]
    if since:
        raise FlowError(
            f"{since[0].body['release']} was released after this was prepared and counts the same "
            "data, so what readers know has changed. Ask for it again."
        )
    failed = [c for c in check_prepared(home, prepared, agreement, declared, on) if not c.ok]
    if failed:
        raise FlowError(" ".join(f"{each.name}: {each.said}" for each in failed))


def released_entry(home: Home, prepared: Entry) -> Entry | None:
    """The release that a prepared one became; None while it did not."""
    return next(
        home.ledger.entries(kind=prepared.body["act"], where={PREPARED: prepared.seq}), None
    )


def _returned(home: Home, prepared: Entry) -> Entry | None:
    return next(home.ledger.entries(kind=RETURNED, where={PREPARED: prepared.seq}), None)


def _refusals(prepared: Entry, agreement: Agreement, on: date) -> list[str]:
    body, actor = prepared.body, prepared.actor
    rules = {
        part["table"]: part["rules"][0] for part in body.get("protection", ()) if part["rules"]
    }
    requests = [Request(act="access", on=on, by=actor["organisation"], role=actor["role"])]
    requests += [
        Request(
            act=body["act"],
            on=on,
            by=actor["organisation"],
            to=body["to"],
            audience=body["to"],
            table=table["id"],
            rule=rules.get(table["id"]),
            unsuppressed=bool(body["unsuppressed"]),
        )
        for table in body["tables"]
    ]
    decisions = [decide(agreement, request) for request in requests]
    return [decision.sentence() for decision in decisions if not decision.allowed]


def _unprotected(prepared: Entry, agreement: Agreement) -> list[str]:
    rules = {output.disclosure_rule for output in agreement.outputs}
    protected = {
        part["table"] for part in prepared.body.get("protection", ()) if rules & set(part["rules"])
    }
    bare = [table["id"] for table in prepared.body["tables"] if table["id"] not in protected]
    found = [f"{name} is not protected by {', '.join(sorted(rules))}." for name in bare]
    if prepared.body["unsuppressed"]:
        found.append("It holds small numbers as they are.")
    return found


def _no_key(home: Home, prepared: Entry, agreement: Agreement) -> list[str]:
    try:
        if sent_sealed(prepared, agreement):
            home.directory.recipient(prepared.body["to"])
    except FlowError as error:
        return [str(error)]
    return []


def sent_sealed(entry: Entry, agreement: Agreement) -> bool:
    """Whether the clause under which it goes has it encrypted to the recipient's key."""
    return _flow(entry, agreement).encrypted


def _flow(entry: Entry, agreement: Agreement) -> Flow:
    for flow in agreement.flows:
        if flow.id == entry.body["clause"]:
            return flow
    raise FlowError(f"{agreement.name} no longer has the clause {entry.body['clause']}.")


def _datasets(entry: Entry) -> set[str]:
    return {name for table in entry.body["tables"] for name in table["dataset"].split("+")}


def _checked(name: str, problems: Sequence[str], else_: str) -> Checked:
    return Checked(name, not problems, " ".join(problems) or else_)


def as_rows(checks: Sequence[Checked]) -> list[Mapping[str, Any]]:
    """Checks as plain values."""
    return [asdict(check) for check in checks]
