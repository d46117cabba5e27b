"""Mappings of suppliers, kept with the service in every version."""

from __future__ import annotations

from typing import Any

import yaml
from django.utils.text import slugify

from sharewell.monitoring import DataSet, MonitoringError, SupplierMapping, data_set, mapping_of
from sharewell.monitoring.mapping import OWN
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Mapping, Service, Supplier
from sharewell.service.monitoring.reach import acting, mappings, suppliers

LONGEST = 100_000
"""Letters of the longest mapping."""

EXAMPLE = """\
# field of the data set: heading of the supplier
supplier: Name of the supplier
modules:
  needle:
    columns:
      record_id: Line no
      service: {value: HATCH01}         # the same in every row
      first_initial: {column: Initials, letter: 1}
      last_initial: {column: Initials, letter: -1}
      birth_date: {column: DOB, dates: "%d-%b-%Y"}
      sex: {column: Gender, codes: {Male: M, Female: F}}
"""


def check(text: str) -> str:
    """The name of the supplier whose mapping the text is; MonitoringFault says what is wrong, and
    in which line of the YAML if it is none."""
    given = _plain(text)
    try:
        found = mapping_of(given, data_set())
    except MonitoringError as error:
        raise MonitoringFault(str(error)) from None
    if not found.supplier.strip() or not slugify(found.supplier):
        raise MonitoringFault("'supplier' is missing. Say whose files these are.")
    return found.supplier.strip()[:100]


def keep(service: Service, text: str) -> Mapping:
    """Keeps a mapping as the newest version of its supplier's; the same text makes none."""
    name = check(text)
    slug = slugify(name)[:60]
    supplier = suppliers().filter(service=service, slug=slug).first()
    if supplier is None:
        supplier = Supplier.objects.create(service=service, slug=slug, name=name)
    last = mappings().filter(supplier=supplier).first()
    if last is not None and last.text == text:
        return last
    return Mapping.objects.create(
        supplier=supplier,
        service=service,
        number=last.number + 1 if last else 1,
        text=text,
        by_id=acting(),
    )


def newest(service: Service) -> list[Mapping]:
    """The newest version of every supplier of the service, by name."""
    found: dict[int, Mapping] = {}
    for each in mappings().filter(service=service).order_by("supplier__name", "-number"):
        found.setdefault(each.supplier_id, each)
    return list(found.values())


def read(mapping: Mapping | None, declared: DataSet) -> SupplierMapping:
    """A mapping that was kept, for the data set of a year; MonitoringFault where it does not fit
    that year. None is the data set's own headings."""
    if mapping is None:
        return OWN
    try:
        return mapping_of(_plain(mapping.text), declared, str(mapping))
    except MonitoringError as error:
        raise MonitoringFault(f"{error} Correct the mapping, or choose another year.") from None


def _plain(text: str) -> Any:
    if len(text) > LONGEST:
        raise MonitoringFault(f"A mapping has at most {LONGEST:,} letters.")
    try:
        if any(isinstance(each, yaml.AliasToken) for each in yaml.scan(text)):
            raise MonitoringFault("A mapping uses no aliases (*name). Write the lines out.")
        return yaml.load(text, yaml.CBaseLoader)  # noqa: S506 - makes only text
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}" if mark else "somewhere"
        raise MonitoringFault(f"This is not YAML, in {where}: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise MonitoringFault(f"This is not YAML: {' '.join(str(error).split())}.") from None
