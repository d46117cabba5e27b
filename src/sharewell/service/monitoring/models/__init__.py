"""What monitoring keeps, by what it is about. Pages ask for none of it here: they ask `reach`."""

from sharewell.service.monitoring.models.clients import (
    Client,
    Consent,
    Draft,
    Identity,
    Opening,
    Postcode,
    Record,
    Service,
    Staff,
    Trace,
    Version,
)
from sharewell.service.monitoring.models.journeys import JourneyTable, Withdrawal
from sharewell.service.monitoring.models.lookups import AnyOf
from sharewell.service.monitoring.models.people import (
    Decision,
    Linking,
    Membership,
    Oddity,
    Pair,
    Workings,
)
from sharewell.service.monitoring.models.reports import Report, Reported
from sharewell.service.monitoring.models.uploads import (
    Bundle,
    Mapping,
    Supplier,
    Tally,
    Upload,
    UploadedFile,
    UploadFinding,
)

__all__ = [
    "AnyOf",
    "Bundle",
    "Client",
    "Consent",
    "Decision",
    "Draft",
    "Identity",
    "JourneyTable",
    "Linking",
    "Mapping",
    "Membership",
    "Oddity",
    "Opening",
    "Pair",
    "Postcode",
    "Record",
    "Report",
    "Reported",
    "Service",
    "Staff",
    "Supplier",
    "Tally",
    "Trace",
    "Upload",
    "UploadFinding",
    "UploadedFile",
    "Version",
    "Withdrawal",
    "Workings",
]
