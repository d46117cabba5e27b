"""Row-level security: PostgreSQL asks again what the gate (`reach`) already asked.

Each request says in its transaction for which purpose it works, for whom, and which services are
within reach (``sharewell.*``, set by `reach.within`). What says nothing sees nothing. The tables
belong to a role that nobody works as, so whoever connects cannot switch the policies off; and the
policies are forced, so that they would hold for the owner too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

OWNER = "sharewell_monitoring_owner"
"""Owns the tables of clients; nobody can log in as it."""

_LOGIN = "CURRENT_USER"

PURPOSE = "current_setting('sharewell.purpose', true)"
_STAFF = f"{PURPOSE} = 'staff'"
# In a subquery each is worked out once for a query, and not once for a row.
_LIST = "(SELECT string_to_array(nullif(current_setting('sharewell.{}', true), ''), ','))::uuid[]"
_SERVICES, _MANAGED = _LIST.format("services"), _LIST.format("managed")
_PERSON = "(SELECT nullif(current_setting('sharewell.person', true), '')::uuid)"
_AREA = "(SELECT current_setting('sharewell.area', true))"

_OWN = f"{_STAFF} AND service_id = ANY({_SERVICES})"
_MINE = f"{_STAFF} AND service_id = ANY({_MANAGED})"
_COUNTS = f"{PURPOSE} IN ('analyst', 'counting')"
_HERE = f"service_id IN (SELECT id FROM monitoring_service WHERE area = {_AREA})"
_AREA_OF_CLIENT = f"({_AREA} = '' OR local_authority = {_AREA} OR {_HERE})"
_AREA_OF_RECORD = f"({_AREA} = '' OR {_HERE})"
# The clients named here are those that this same session may see: consent is asked there.
_COUNTED_CLIENT = "client_id IN (SELECT id FROM monitoring_client)"

_IN_SIGHT = "EXISTS (SELECT 1 FROM monitoring_client c WHERE c.id = monitoring_{}.{})"


def _both(table: str, one: str = "one_id", other: str = "other_id") -> str:
    return f"{_COUNTS} AND {_IN_SIGHT.format(table, one)} AND {_IN_SIGHT.format(table, other)}"


_DECIDED = _both("decision", "one", "other")
_MACHINE = f"{PURPOSE} = 'counting'"
_SEES_COUNTS = f"({PURPOSE} = 'commissioner' OR {_COUNTS})"

UPLOADS = (
    "supplier", "mapping", "upload", "uploadedfile", "tally", "uploadfinding", "bundle",
)  # fmt: skip
"""The tables of files that suppliers send: those of own services, for staff alone."""

READING: Mapping[str, str] = {
    "service": f"{PURPOSE} <> ''",
    "staff": f"{_MINE} OR ({_STAFF} AND person_id = {_PERSON})",
    "client": f"({_OWN}) OR ({_COUNTS} AND consent AND {_AREA_OF_CLIENT})",
    "identity": f"({_OWN}) OR ({PURPOSE} = 'counting' AND {_COUNTED_CLIENT})",
    "trace": _OWN,
    "consent": f"({_OWN}) OR ({PURPOSE} = 'counting' AND {_COUNTED_CLIENT})",
    "record": (
        f"({_OWN}) OR ({_COUNTS} AND {_COUNTED_CLIENT}) "
        f"OR ({_COUNTS} AND client_id IS NULL AND {_AREA_OF_RECORD})"
    ),
    "version": _OWN,
    "draft": f"{_OWN} AND person_id = {_PERSON}",
    "opening": f"({_MINE}) OR ({_OWN} AND person_id = {_PERSON})",
    "report": f"{_COUNTS} OR ({PURPOSE} = 'commissioner' AND state = 'shared')",
    "reported": f"{PURPOSE} = 'counting'",
    "linking": _COUNTS,
    "membership": f"{_COUNTS} AND {_IN_SIGHT.format('membership', 'client_id')}",
    "pair": _both("pair"),
    "decision": _DECIDED,
    "oddity": _both("oddity"),
    "workings": _MACHINE,
    "journeytable": (
        f"{_SEES_COUNTS} AND (area = {_AREA} OR ({_AREA} = '' AND {PURPOSE} <> 'commissioner'))"
    ),
    "withdrawal": _SEES_COUNTS,
    **dict.fromkeys(UPLOADS, _OWN),
}
"""Which rows of each table may be read."""

WRITING: Mapping[str, str] = {
    "service": f"{PURPOSE} = 'administrator' OR ({_STAFF} AND id = ANY({_MANAGED}))",
    "staff": _MINE,
    "client": _OWN,
    "identity": _OWN,
    "trace": _OWN,
    "consent": _OWN,
    "record": _OWN,
    "version": _OWN,
    "draft": f"{_OWN} AND person_id = {_PERSON}",
    "opening": f"{_OWN} AND person_id = {_PERSON}",
    "report": _COUNTS,
    "reported": f"{PURPOSE} = 'counting'",
    "linking": _MACHINE,
    "membership": _MACHINE,
    "pair": _MACHINE,
    "decision": f"{PURPOSE} = 'analyst' AND by_id = {_PERSON} AND {_DECIDED}",
    "oddity": _MACHINE,
    "workings": _MACHINE,
    "journeytable": _MACHINE,
    "withdrawal": f"{PURPOSE} <> ''",  # the trigger of a client that anybody changes or deletes
    **dict.fromkeys(UPLOADS, _OWN),
}
"""Which rows of each table may be written."""

KEPT = ("version", "opening", "decision", "journeytable", "withdrawal", "mapping", "bundle")
"""What is only ever added to: whoever connects may not change it."""


FIRST = (
    "service", "staff", "client", "identity", "trace", "consent", "record", "version", "draft",
    "opening",
)  # fmt: skip
"""The tables of the first migration."""

PEOPLE = ("linking", "membership", "pair", "decision", "oddity", "workings")
"""The tables of who is who."""

Change = Callable[[Any, Any], None]


def lending(_apps: Any, editor: Any) -> None:
    """Begins a migration that adds tables, or changes some, beside guarded ones: a foreign key to
    a guarded table needs its owner. The migration after it is `guarding`, which ends it."""
    with editor.connection.cursor() as cursor:
        if _may_make_roles(cursor):
            lend(cursor)


def ending(_apps: Any, editor: Any) -> None:
    """Ends `lending` where no table was added."""
    with editor.connection.cursor() as cursor:
        if _may_make_roles(cursor):
            take_back(cursor)


def guarding(*tables: str) -> tuple[Change, Change]:
    """Both ways of a migration that guards tables which an earlier one made (for RunPython).

    Forwards switches row-level security on, and gives the tables to `OWNER` where that can be;
    backwards leaves them as Django made them. It is a migration of its own, because Django adds
    foreign keys at the end of the one that makes the tables.
    """

    def forwards(_apps: Any, editor: Any) -> None:
        _guard(editor, tables)

    def backwards(_apps: Any, editor: Any) -> None:
        _unguard(editor, tables)

    return forwards, backwards


def reading_anew(*tables: str) -> Change:
    """A migration's step that has tables read by what `READING` says now. It stands between
    `lending` and what ends that."""

    def change(_apps: Any, editor: Any) -> None:
        for table in tables:
            name = f"monitoring_{table}"
            editor.execute(f"DROP POLICY reading ON {name}")
            editor.execute(f"CREATE POLICY reading ON {name} FOR SELECT USING ({READING[table]})")

    return change


def _guard(editor: Any, tables: Sequence[str]) -> None:
    for table in tables:
        name, kept = f"monitoring_{table}", table in KEPT
        _protect(editor, name, READING[table], WRITING[table], only_added_to=kept)
    with editor.connection.cursor() as cursor:
        if not _may_make_roles(cursor):
            return  # who migrates stays the owner; the policies are forced, and hold all the same
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {OWNER} NOLOGIN NOBYPASSRLS")
        lend(cursor)
        cursor.execute("SELECT current_schema()")
        schema = editor.quote_name(cursor.fetchone()[0])
        # It checks foreign keys, in tables of this schema; and may own something there.
        cursor.execute(f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {OWNER}")
        for table in tables:
            _hand_over(cursor, f"monitoring_{table}", only_added_to=table in KEPT)
        take_back(cursor)


def _unguard(editor: Any, tables: Sequence[str]) -> None:
    with editor.connection.cursor() as cursor:
        lend(cursor)
        for table in tables:
            name = f"monitoring_{table}"
            cursor.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")
            for action in ("reading", "adding", "changing", "removing"):
                cursor.execute(f"DROP POLICY IF EXISTS {action} ON {name}")
            cursor.execute(f"ALTER TABLE {name} OWNER TO {_LOGIN}")
        take_back(cursor)


def _may_make_roles(cursor: Any) -> bool:
    """Whether the tables belong to `OWNER` here, and not to whoever migrates."""
    cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    return bool(cursor.fetchone()[0])


def lend(cursor: Any) -> None:
    """Lets whoever migrates act as the owner, until `take_back`. Later migrations begin so."""
    cursor.execute(f"GRANT {OWNER} TO {_LOGIN} WITH SET TRUE, INHERIT TRUE")


def take_back(cursor: Any) -> None:
    """Ends `lend`."""
    cursor.execute(f"REVOKE {OWNER} FROM {_LOGIN}")


def _protect(editor: Any, table: str, reading: str, writing: str, *, only_added_to: bool) -> None:
    editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    editor.execute(f"CREATE POLICY reading ON {table} FOR SELECT USING ({reading})")
    editor.execute(f"CREATE POLICY adding ON {table} FOR INSERT WITH CHECK ({writing})")
    if only_added_to:  # what no policy allows is refused
        return
    editor.execute(
        f"CREATE POLICY changing ON {table} FOR UPDATE USING ({writing}) WITH CHECK ({writing})"
    )
    editor.execute(f"CREATE POLICY removing ON {table} FOR DELETE USING ({writing})")


def _hand_over(cursor: Any, table: str, *, only_added_to: bool) -> None:
    cursor.execute(f"ALTER TABLE {table} OWNER TO {OWNER}")
    cursor.execute(f"REVOKE ALL ON {table} FROM {_LOGIN}")
    rights = "SELECT, INSERT" if only_added_to else "SELECT, INSERT, UPDATE, DELETE"
    cursor.execute(f"GRANT {rights} ON {table} TO {_LOGIN}")
