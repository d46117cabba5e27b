"""`python -m bench`: every benchmark; `python -m bench disclosure`: one of them."""

import sys

from bench import (
    counting,
    disclosure,
    hatch,
    journeys,
    monitoring,
    own,
    people,
    reports,
    service,
    tabulation,
    uploads,
    whole,
)

BENCHMARKS = {
    "tabulation": tabulation.main,
    "disclosure": disclosure.main,
    "monitoring": monitoring.main,
    "reports": reports.main,
    "counting": counting.main,
    "service": service.main,
    "hatch": hatch.main,
    "own": own.main,
    "journeys": journeys.main,
    "people": people.main,
    "uploads": uploads.main,
    "whole": whole.main,
}

name, rest = (sys.argv[1], sys.argv[2:]) if sys.argv[1:2] else ("", [])
if name in BENCHMARKS:
    sys.exit(BENCHMARKS[name](rest))
if name:
    sys.exit(f"No benchmark is called '{name}'. Known: {', '.join(BENCHMARKS)}.")
sys.exit(max(run([]) for run in BENCHMARKS.values()))
