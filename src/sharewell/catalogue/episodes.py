"""The episode as the vault keeps it: one Arrow schema for HES APC and PEDW.

Import turns a validated file into Parquet with exactly these columns; synthesis writes the same
names; tabulation reads nothing else. Dates that HES writes as 1800-01-01 (null) or 1801-01-01
(invalid) are null here.
"""

from __future__ import annotations

import pyarrow as pa

EPISODE_SCHEMA = pa.schema(
    [
        pa.field("EPIKEY", pa.string(), nullable=False),  # 12 or 19 digits: always text
        pa.field("FYEAR", pa.string(), nullable=False),  # '1920'
        pa.field("PARTYEAR", pa.string(), nullable=False),  # '201913': year and month of extract
        pa.field("EPISTART", pa.date32()),
        pa.field("EPIEND", pa.date32()),
        pa.field("ADMIDATE", pa.date32()),
        pa.field("EPISTAT", pa.int8()),
        pa.field("EPIORDER", pa.int16()),
        pa.field("EPITYPE", pa.int8()),
        pa.field("CLASSPAT", pa.int8()),
        pa.field("ADMIMETH", pa.string()),
        pa.field("DISMETH", pa.int8()),
        pa.field("CAUSE_4", pa.string()),  # the first external cause
        pa.field("DIAG_4_01", pa.string()),
        pa.field("DIAG_4_CONCAT", pa.string()),  # every diagnosis, comma-joined
        pa.field("SEX", pa.string()),
        pa.field("STARTAGE", pa.int16()),  # whole years; 7001-7007 under one year
        pa.field("ETHNOS", pa.string()),
        pa.field("RESLADST_ONS", pa.string()),
        pa.field("RESGOR_ONS", pa.string()),
        pa.field("TOKEN_PERSON_ID", pa.string()),
    ]
)
EPISODE_COLUMNS: tuple[str, ...] = tuple(EPISODE_SCHEMA.names)
