"""What can be wrong with a file that only the service can know: it compares with what it keeps.

These join the declared checks, which know the files alone (see `sharewell.monitoring`). How-to and
reference name them; a test holds that they do.
"""

from __future__ import annotations

from collections.abc import Mapping

from sharewell.monitoring import Check, data_set


def _check(code: str, level: str, wrong: str, do: str) -> Check:
    return Check(code=code, level=level, kind="against what is kept", wrong=wrong, do=do)  # type: ignore[arg-type]


OTHER_SERVICE = _check(
    "SVC101",
    "error",
    "The row is of another service",
    "Send it on that service's own page. It is not taken here.",
)
OTHER_MODULE = _check(
    "SVC102",
    "error",
    "This service does not record this module",
    "Ask its manager to switch the module on, and test the file again.",
)
NOBODY_KNOWN = _check(
    "SVC103",
    "error",
    "The client is not known here, and the row does not say who it is",
    "Send the client's row too, or initials, date of birth and sex.",
)
RENAMED = _check(
    "SVC104",
    "warning",
    "The client is kept under another attributor, which this file changes",
    "Check the client id. The former attributor stays in the client's history.",
)
UNANSWERED = _check(
    "SVC105",
    "warning",
    "A new client, and nobody said whether they consent",
    "Send the client's row with the answer, or ask at the hatch. Until then the client is seen by "
    "this service only, and is in no report.",
)
OLDER_CONSENT = _check(
    "SVC106",
    "warning",
    "A later answer about consent is kept, and stays",
    "Nothing to do, if the later answer is right. Otherwise change it on the client's page.",
)
CORRECTED_RECORD = _check(
    "SVC107",
    "warning",
    "Somebody corrected this record here, and the file changes it again",
    "Compare the two. Have the correction made in the system that sends the file as well.",
)
CORRECTED_CLIENT = _check(
    "SVC108",
    "warning",
    "Somebody corrected this client here, and the file changes it again",
    "Compare the two. Have the correction made in the system that sends the file as well.",
)

CHECKS: Mapping[str, Check] = {
    check.code: check
    for check in (
        OTHER_SERVICE, OTHER_MODULE, NOBODY_KNOWN, RENAMED, UNANSWERED, OLDER_CONSENT,
        CORRECTED_RECORD, CORRECTED_CLIENT,
    )
}  # fmt: skip


def check_of(year: int, code: str) -> Check:
    """The check with this code, of the files or of what the service keeps."""
    return CHECKS[code] if code in CHECKS else data_set(year).check(code)
