"""Files a, b and c of DARS-NIC-612092 as one system, by the agreement's own tables.

`python -m bench disclosure` does the same over fourteen years.
"""

from __future__ import annotations

from datetime import date

from bench.violence import jointly


def test_files_a_b_and_c_leak_together_and_are_repaired_and_proved() -> None:
    found = jointly(date(2025, 11, 1), date(2025, 11, 30), share=0.3)
    assert found["exposed_before"] > found["exact_before"] > 0, "or this month tests nothing"
    assert found["narrow"] == 0
    assert found["min_width"] >= 3
    assert found["linked"] > found["cells"] / 2
    assert found["protected"] > 500
