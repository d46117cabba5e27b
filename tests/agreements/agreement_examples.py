"""The example agreements, and the public documents whose words they quote."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sharewell.agreements import Agreement, load_agreement

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "agreements"
SHARED = (ROOT / "../shared").resolve()

DRUGS = "DARS-NIC-698171-K4M0B-v0.3"
VIOLENCE = "DARS-NIC-612092-Q0Y6F-v0.2"
VIOLENCE_NOW = "DARS-NIC-612092-Q0Y6F-v1.3"
PRODUCTS = "DARS-NIC-687582-X2P3K-v0.10"
MONITORING = "CM-IMS-000001-INVNT-v1.0"
NAMES = (DRUGS, VIOLENCE, VIOLENCE_NOW, PRODUCTS, MONITORING)


def example_path(name: str) -> Path:
    return EXAMPLES / f"{name}.yaml"


@cache
def example(name: str) -> Agreement:
    return load_agreement(example_path(name))
