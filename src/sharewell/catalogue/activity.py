"""A record of monitoring activity as it is counted: one Arrow schema for all modules.

Whoever holds the monitoring data writes Parquet files with exactly these columns for one count
and throws them away afterwards; tabulation reads nothing else. The rows are

- every record of activity, of any module but ``client``, of a client who consents to processing;
- and every record that is nobody's: a session of contacts that nobody named, or what was done for
  somebody who objects (the dummy attributor). Their ``person`` is null, and so is everything
  that describes a person. They count as activity and never as a person.

No record of a client who does not consent is among the rows, whenever it was made. Codes are
those of the monitoring data set (`sharewell.catalogue.monitoring_codes`), and null stands for
whatever was not recorded: an empty text is never written. Each column of a module is null in the
records of others.

The columns:

===================  ==============================================================================
record               numbers the rows of one export, each once. Of two rows of a person on one day
                     the higher number is the later one: number them by day and last change.
person               the person, by a number of this export alone: the same for every client, of any
                     service, whom the linkage in use takes to be one person. Null: nobody's.
attributor           the client's attributor, by a number of this export alone: the same for every
                     client, of any service, whose attributor is exactly the same. Null: nobody's.
service              the code of the service.
service_area         the local authority that the service is for: an ONS code. Never null.
module               its id: needle, naloxone, brief_intervention, outreach, assessment, referral,
                     wellbeing, steroid or alcohol.
day                  the day on which it happened.
visit                needle: the same text for all rows of one visit and for no other visit of any
                     service (the service's code and its transaction). Null in other modules.
age                  whole years at ``day``, of the client. Where only the year of birth is known:
                     the year of ``day`` less that year, less 1 if ``day`` is before 1 July.
sex                  M, F or U, of the client (as attributed, not gender identity).
ethnicity            of the client.
local_authority      of residence, of the client: an ONS code. Null where it is not known.
client_main          the client's main substance,
client_second        and the second one, as they stand now.
client_injecting     the client's injecting status, as it stands now: C, P, N or Z.
main_substance       the record's own substance: needle main_substance, assessment main_substance,
                     steroid substance, brief_intervention substance.
second_substance     assessment second_substance.
third_substance      assessment third_substance.
route                how the record's own substance is taken: assessment main_route, steroid route.
injecting            assessment injecting.
item                 needle: the item given out.
items_out            needle: how many.
returned             needle: needles returned.
on_behalf_of         needle: for how many others the client collected.
injections_per_week  needle: as the client says.
naloxone_action      naloxone action.
kits                 naloxone kits.
recipient            naloxone recipient.
intervention         brief_intervention or alcohol intervention.
intervention_outcome brief_intervention outcome.
contacts             outreach contacts.
direction            referral direction.
agency               referral agency; assessment referral_source is not one.
arrived              referral arrived: Y, N or U.
stage                wellbeing stage.
exit_reason          wellbeing exit_reason.
psychological        wellbeing psychological, 0 to 20,
physical             physical, 0 to 20,
quality_of_life      and quality_of_life, 0 to 20.
===================  ==============================================================================

Numbers that are out of the range of their field are written as they are recorded.
"""

from __future__ import annotations

import pyarrow as pa

ACTIVITY_SCHEMA = pa.schema(
    [
        pa.field("record", pa.int64(), nullable=False),
        pa.field("person", pa.int64()),
        pa.field("attributor", pa.int64()),
        pa.field("service", pa.string(), nullable=False),
        pa.field("service_area", pa.string(), nullable=False),
        pa.field("module", pa.string(), nullable=False),
        pa.field("day", pa.date32(), nullable=False),
        pa.field("visit", pa.string()),
        pa.field("age", pa.int16()),
        pa.field("sex", pa.string()),
        pa.field("ethnicity", pa.string()),
        pa.field("local_authority", pa.string()),
        pa.field("client_main", pa.string()),
        pa.field("client_second", pa.string()),
        pa.field("client_injecting", pa.string()),
        pa.field("main_substance", pa.string()),
        pa.field("second_substance", pa.string()),
        pa.field("third_substance", pa.string()),
        pa.field("route", pa.string()),
        pa.field("injecting", pa.string()),
        pa.field("item", pa.string()),
        pa.field("items_out", pa.int32()),
        pa.field("returned", pa.int32()),
        pa.field("on_behalf_of", pa.int32()),
        pa.field("injections_per_week", pa.int32()),
        pa.field("naloxone_action", pa.string()),
        pa.field("kits", pa.int32()),
        pa.field("recipient", pa.string()),
        pa.field("intervention", pa.string()),
        pa.field("intervention_outcome", pa.string()),
        pa.field("contacts", pa.int32()),
        pa.field("direction", pa.string()),
        pa.field("agency", pa.string()),
        pa.field("arrived", pa.string()),
        pa.field("stage", pa.string()),
        pa.field("exit_reason", pa.string()),
        pa.field("psychological", pa.int16()),
        pa.field("physical", pa.int16()),
        pa.field("quality_of_life", pa.int16()),
    ]
)
ACTIVITY_COLUMNS: tuple[str, ...] = tuple(ACTIVITY_SCHEMA.names)
