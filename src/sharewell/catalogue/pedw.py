"""Patient Episode Database for Wales: read as HES is, with what that assumes said plainly.

Digital Health and Care Wales (formerly the NHS Wales Informatics Service) holds PEDW. Its own
specification was not at hand: only that it counts episodes of admitted patients as HES does, and
that it includes Welsh residents treated in England.
"""

from __future__ import annotations

from sharewell.catalogue.fields import Dataset
from sharewell.catalogue.hes_apc import EPISODE_FIELDS, HES_APC

PEDW = Dataset(
    id="pedw",
    title="Patient Episode Database for Wales",
    source="Digital Health and Care Wales; fields assumed as in HES Admitted Patient Care",
    fields=EPISODE_FIELDS,
    other_columns=HES_APC.other_columns,
    assumptions=(
        "The file has the columns of HES Admitted Patient Care, with the same codes in the same "
        "years. PEDW's own column names and codes must be mapped to these before import.",
        "EPIKEY is text of up to 19 digits; its length is not checked.",
        "PARTYEAR is given as for HES: the year and month of the extract.",
        "A district of Wales is W06 and six digits, and its region is W99999999, as HES writes it.",
        "Both PEDW and HES hold Welsh residents treated in England. Validation leaves them: they "
        "are counted once where England and Wales are combined, by keeping residents of England "
        "from HES and residents of Wales from PEDW.",
    ),
)
