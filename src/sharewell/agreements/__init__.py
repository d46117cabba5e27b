"""Agreements that execute: read one, ask it, compare two versions.

>>> from sharewell.agreements import Request, decide, load_agreement
"""

from sharewell.agreements.decide import decide
from sharewell.agreements.errors import AgreementError, Problem, RequestError
from sharewell.agreements.loader import (
    json_schema,
    json_schema_text,
    load_agreement,
    load_agreements,
    read_agreement,
)
from sharewell.agreements.model import Agreement
from sharewell.agreements.request import ACTS, Cited, Decision, Request
from sharewell.agreements.versions import Amendment, Overlap, amendment, in_force, overlaps

__all__ = [
    "ACTS",
    "Agreement",
    "AgreementError",
    "Amendment",
    "Cited",
    "Decision",
    "Overlap",
    "Problem",
    "Request",
    "RequestError",
    "amendment",
    "decide",
    "in_force",
    "json_schema",
    "json_schema_text",
    "load_agreement",
    "load_agreements",
    "overlaps",
    "read_agreement",
]
