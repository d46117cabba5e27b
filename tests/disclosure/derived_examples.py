"""Derived figures as the guide has them: what the tests hold and the reference page shows.

From the facts on the rule (hes.md 1.5): hidden for 1 to 7; from the printed numbers; whole, with
one decimal only where the printed denominator is 4,000 or more.
"""

from __future__ import annotations

# (true numerator, true denominator, printed numerator, printed denominator, percentage)
PERCENTAGES = (
    (0, 40, "0", "40", "0"),
    (1, 40, "*", "40", "*"),
    (7, 40, "*", "40", "*"),
    (8, 40, "10", "40", "25"),
    (12, 42, "10", "40", "25"),
    (13, 43, "15", "45", "33"),
    (5, 7, "*", "*", "*"),
    (0, 7, "0", "*", "*"),
    (0, 0, "0", "0", "[z]"),
    (40, 40, "40", "40", "100"),
    (333, 1_000, "335", "1000", "34"),
    (1_000, 3_997, "1000", "3995", "25"),
    (1_000, 3_998, "1000", "4000", "25.0"),
    (1_333, 4_000, "1335", "4000", "33.4"),
    (3, 4_000, "*", "4000", "*"),
)

# (true people, printed people, true mean, printed mean)
MEANS = (
    (0, "0", None, "[z]"),
    (1, "*", 3.0, "*"),
    (7, "*", 4.25, "*"),
    (8, "10", 4.26, "4.3"),
    (12, "10", 12.0, "12.0"),
)

# (rule, true count, printed count, population, rate per 100,000)
RATES = (
    ("hes-2018", 0, "0", 250_000, "0.0"),
    ("hes-2018", 7, "*", 250_000, "*"),
    ("hes-2018", 8, "10", 250_000, "4.0"),
    ("hes-2018", 12, "10", 250_000, "4.0"),
    ("hes-2018", 13, "15", 250_000, "6.0"),
    ("under-10", 0, "0", 250_000, "*"),
    ("under-10", 9, "*", 250_000, "*"),
    ("under-10", 10, "10", 250_000, "4.0"),
    ("under-10", 13, "13", 250_000, "5.2"),
)

# (force, April 2012 to March 2021, 2020-21, per cent under 25): admissions for assault by sharp
# object in tables of the Home Office from HES, printed under the rule and quoted by the local
# press in November 2021 (facts: hes.md 5, ground truth).
PUBLISHED = (
    ("West Yorkshire", "1990", "190", "37"),
    ("Northumbria", "1135", "155", "26"),
    ("Lancashire", "975", "115", "34"),
    ("Avon and Somerset", "790", "105", "35"),
    ("Cleveland", "545", "60", "29"),
    ("Dorset", "260", "35", "25"),
    ("Lincolnshire", "205", "20", "22"),
)
