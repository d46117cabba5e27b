"""Files of the cohorts alone, made once, and counted in SQL written from the definitions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from sharewell.synthesis import SyntheticFile, synthesise

CAUSES = {
    "assault-sharp-object": "^X99",
    "assault-firearm": "^X9[345]",
    "assault-all": "^(X8[5-9]|X9[0-9]|Y0[0-9])",
}
PRIMARY = {"drug-disorders-primary": "^F1[1-689]", "drug-poisoning": "^(T40[0-9]|T436)"}


def episodes_sql(files: tuple[SyntheticFile, ...]) -> str:
    """Finished consultant episodes with what the definitions need, by the counting rules.

    FCE: EPISTAT 3 and CLASSPAT neither 3 nor 4. FAE: an FCE with EPIORDER 1. Each counts in the
    financial year in which it ends. Babies (7001 to 7007) are aged 0.
    """
    names = ", ".join(f"'{file.path}'" for file in files)
    any_drug = " OR ".join(
        f"coalesce(regexp_matches(DIAG_4_{n:02d}, '^F1[1-689]'), false)" for n in range(1, 6)
    )
    causes = ", ".join(
        f"coalesce(regexp_matches(CAUSE_4, '{pattern}'), false) AS \"{cohort}\""
        for cohort, pattern in CAUSES.items()
    )
    primary = ", ".join(
        f"regexp_matches(DIAG_4_01, '{pattern}') AS \"{cohort}\""
        for cohort, pattern in PRIMARY.items()
    )
    return f"""
        SELECT year(EPIEND) - (month(EPIEND) < 4)::INT AS fy, month(EPIEND) AS month,
               EPIORDER = 1 AS fae, SEX AS sex, substr(CAUSE_4, 1, 3) AS cause,
               DIAG_4_01 AS diagnosis, RESLADST_ONS AS district, EPIEND AS ended,
               CASE WHEN STARTAGE > 7000 THEN 0 ELSE STARTAGE END AS age,
               {causes}, {primary}, ({any_drug}) AS "drug-disorders-any"
        FROM read_parquet([{names}])
        WHERE EPISTAT = 3 AND CLASSPAT NOT IN (3, 4)
    """


@pytest.fixture(scope="session")
def england(tmp_path_factory: pytest.TempPathFactory) -> tuple[SyntheticFile, ...]:
    """England 2009-10 to 2023-24 without background or dirt."""
    out: Path = tmp_path_factory.mktemp("synthetic")
    return synthesise(out, last=date(2024, 3, 31), background=0.0, dirt=0.0)


@pytest.fixture(scope="session")
def counts(england: tuple[SyntheticFile, ...]) -> duckdb.DuckDBPyConnection:
    """A database with the table ``episodes`` of `episodes_sql`."""
    con = duckdb.connect()
    con.execute(f"CREATE TABLE episodes AS {episodes_sql(england)}")
    return con
