"""Reports of a service's own activity and people, for who works there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sharewell.catalogue.areas import labels as area_names
from sharewell.monitoring import Module
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.own import asking, figures
from sharewell.service.monitoring.own.asking import Person, Visit
from sharewell.service.monitoring.own.figures import GROUPS, NOT_RECORDED, Table
from sharewell.service.monitoring.own.pages import asked
from sharewell.service.monitoring.own.period import Period
from sharewell.service.monitoring.pages import find_service, for_staff, tell


@for_staff
def activity(request: HttpRequest, code: str) -> HttpResponse:
    """Contacts and people of a period, by month and module."""
    service = find_service(code)
    period, context = asked(request, service, "monitoring:own_activity")
    visits, people = asking.visits(service, period), asking.people(service)
    modules = _modules(service, visits)
    context |= {
        "own_figures": True,
        "headline": figures.headline(
            visits, people, period.first, period.last, asking.duplicates(service)
        ),
        "months": figures.by_month(visits, people, period.months, modules),
        "modules": figures.by_module(visits, modules),
        "whose": figures.by_whose(visits),
    }
    tell(request, service, f"its own figures of activity, {period.label}.")
    return render(request, "monitoring/own/activity.html", context)


@for_staff
def people(request: HttpRequest, code: str) -> HttpResponse:
    """Who was seen in a period: age, sex, ethnicity, residence and substances."""
    service = find_service(code)
    period, context = asked(request, service, "monitoring:own_people")
    context |= {"own_figures": True, "tables": characteristics(service, period)}
    tell(request, service, f"its own figures of people, {period.label}.")
    return render(request, "monitoring/own/people.html", context)


@for_staff
def given(request: HttpRequest, code: str) -> HttpResponse:
    """What was given out and came back, naloxone, and referrals."""
    service = find_service(code)
    period, context = asked(request, service, "monitoring:own_given")
    needle, naloxone = _labels("needle"), _labels("naloxone")
    agency = _labels("referral")["agency"]
    items = asking.needle_items(service, period)
    kits = asking.naloxone(service, period)
    referred = asking.referrals(service, period)
    context |= {
        "own_figures": True,
        "tables": [
            ("columns", figures.items_by_month(items, period.months)),
            ("bars", figures.items_by_kind(items, needle["item"])),
            ("bars", figures.returns_by_way(items, needle["returned_how"])),
            ("bars", figures.naloxone_table(kits, naloxone["action"])),
            ("bars", figures.kits_by_recipient(kits, naloxone["recipient"])),
            ("bars", figures.referral_table(referred, "IN", "Referrals in", agency)),
            ("bars", figures.referral_table(referred, "OUT", "Referrals out", agency)),
        ],
    }
    tell(request, service, f"its own figures of needles, naloxone and referrals, {period.label}.")
    return render(request, "monitoring/own/given.html", context)


def characteristics(service: Service, period: Period) -> list[Table]:
    """The tables of people."""
    declared = data_set_of().module("client")
    labels = _labels("client")
    codes = declared.field("main_substance").code_list
    groups = {code.code: code.group for code in codes.codes} if codes else {}
    named = asking.substances(service, period)
    seen = asking.contacts(service, period)
    everybody = [person for person in asking.people(service) if person.client in seen]
    table = partial(figures.by_characteristic, seen, everybody)
    authorities, ethnic = area_names("local_authority"), _grouped(declared, "ethnicity")

    def substances_of(person: Person) -> set[str]:
        return {person.main_substance, person.second_substance} | named.get(person.client, set())

    ages = [label for _, label in figures.AGES]
    return [
        table("age", "Age", "Age", lambda p: figures.age_band(p.birth_year, period.last.year),
              ages),
        table("sex", "Sex", "Sex", lambda p: labels["sex"].get(p.sex, NOT_RECORDED),
              list(labels["sex"].values())),
        table("ethnicity", "Ethnic group", "Ethnic group",
              lambda p: ethnic.get(p.ethnicity, NOT_RECORDED)),
        table("authority", "Local authority of residence", "Local authority",
              lambda p: authorities.get(p.local_authority, p.local_authority) or NOT_RECORDED,
              note="By postcode. Without one, or with one that is not in the lookup, it is not "
                   "recorded."),
        table("district", "Postcode district", "District", lambda p: p.district or NOT_RECORDED),
        table("group", "Substances, by the hierarchy", "Group",
              lambda p: figures.substance_group(substances_of(p), groups), GROUPS),
        table("substance", "Main substance", "Substance",
              lambda p: labels["main_substance"].get(p.main_substance, NOT_RECORDED),
              note="As the client's record says today."),
    ]  # fmt: skip


def _modules(service: Service, visits: list[Visit]) -> dict[str, str]:
    """The titles of the modules that the service records, and of those that it recorded."""
    there = {visit.module for visit in visits} | set(service.modules)
    return {m.id: m.title for m in data_set_of().modules if m.id in there}


def _labels(module: str) -> dict[str, dict[str, str]]:
    """The labels of the codes of each field of a module."""
    return {
        field.name: {code.code: code.label for code in field.code_list.codes}
        for field in data_set_of().module(module).fields
        if field.code_list
    }


def _grouped(module: Module, name: str) -> Mapping[str, str]:
    """The labels of a field's codes with the group before them."""
    codes = module.field(name).code_list
    return {
        code.code: f"{code.group}: {code.label}" if code.group != code.label else code.label
        for code in (codes.codes if codes else ())
    }
