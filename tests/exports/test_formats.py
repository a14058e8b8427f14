"""A round's figures as DHIS2, ADX and FHIR: the published shapes, and the figures of the cut."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from core import clock
from core.scope import Scope, scoped
from personnel.roles import Role
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.queries.cut import Cut, cut_of
from tests.exports.make import recount, sampled
from tests.personnel.make import District, make_user
from tests.progress.make import make_two_streets
from tests.sites.make import make_desk

pytestmark = pytest.mark.django_db(transaction=True)
# Written from the published description of the DHIS2 Web API ("Data values").
CODE = {"type": "string", "minLength": 1, "maxLength": 50}
DHIS2 = {
    "type": "object",
    "required": ["dataSet", "completeDate", "period", "orgUnit", "dataValues"],
    "additionalProperties": False,
    "properties": {
        "dataSet": CODE,
        "completeDate": {"type": "string", "format": "date"},
        "period": {"type": "string", "pattern": "^[0-9]{8}$"},
        "orgUnit": CODE,
        "attributeOptionCombo": CODE,
        "dataValues": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["dataElement", "period", "orgUnit", "value"],
                "additionalProperties": False,
                "properties": {
                    "dataElement": CODE,
                    "period": {"type": "string", "pattern": "^[0-9]{8}$"},
                    "orgUnit": CODE,
                    "attributeOptionCombo": CODE,
                    "value": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
                    "storedBy": {"type": "string"},
                    "created": {"type": "string", "format": "date-time"},
                    "lastUpdated": {"type": "string", "format": "date-time"},
                    "followup": {"type": "boolean"},
                },
            },
        },
    },
}
# Written from the resource's table in FHIR R4 (4.0.1), with what a summary must and may not have.
CONCEPT = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string"},
        "coding": {
            "type": "array",
            "items": {"type": "object", "required": ["system", "code"]},
        },
    },
}
REFERENCE = {
    "type": "object",
    "required": ["identifier"],
    "additionalProperties": False,
    "properties": {
        "identifier": {
            "type": "object",
            "required": ["system", "value"],
            "properties": {"value": {"type": "string", "minLength": 1}},
        },
        "display": {"type": "string"},
    },
}
INSTANT = {"type": "string", "format": "date-time"}
POPULATIONS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["code"],
        "additionalProperties": False,
        "properties": {"code": {"type": "object"}, "count": {"type": "integer"}},
    },
}
SCORE = {"type": "object", "required": ["value"], "properties": {"value": {"type": "number"}}}
FHIR = {
    "type": "object",
    "required": ["resourceType", "status", "type", "measure", "period"],
    "additionalProperties": False,
    "properties": {
        "resourceType": {"const": "MeasureReport"},
        "identifier": {"type": "array"},
        "status": {"enum": ["complete", "pending", "error"]},
        "type": {"const": "summary"},
        "measure": {"type": "string", "pattern": "^[a-z]+:"},
        "subject": REFERENCE,
        "date": INSTANT,
        "reporter": REFERENCE,
        "period": {
            "type": "object",
            "required": ["start", "end"],
            "properties": {"start": INSTANT, "end": INSTANT},
        },
        "group": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code"],
                "additionalProperties": False,
                "properties": {
                    "code": CONCEPT,
                    "population": POPULATIONS,
                    "measureScore": SCORE,
                    "stratifier": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["code", "stratum"],
                            "properties": {
                                "code": {"type": "array", "items": CONCEPT},
                                "stratum": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {
                                        "type": "object",
                                        "required": ["value"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "value": CONCEPT,
                                            "population": POPULATIONS,
                                            "measureScore": SCORE,
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
ADX = "{urn:ihe:qrph:adx:2015}"


@pytest.fixture
def place() -> District:
    desk, _other = make_two_streets()
    sampled(desk, "TUBE0001", 3)
    recount()
    return desk.place


@pytest.fixture
def officer(place: District) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(Role.REPORTING_OFFICER, place.district))
    return client


def cut(place: District) -> Cut:
    scope = Scope(districts=frozenset({place.district.pk}))
    with scoped(scope):
        return cut_of(scope, place.round)


def expected(place: District) -> dict[tuple[str, str], str]:
    """Every known figure of the cut, by code of the area and key."""
    now = cut(place)
    return {
        (area.code, key): str(value)
        for area in (now.area, *now.streets)
        for key, value in area.values.items()
        if value is not None
    }


def url(place: District, form: str) -> str:
    return f"/api/v1/rounds/{place.round.pk}/{form}/"


def valid(schema: dict, body: dict) -> None:
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)


def test_a_data_value_set_holds_what_is_known_and_nothing_else(place, officer):
    answer = officer.get(url(place, "data-value-set"))

    body = answer.json()
    valid(DHIS2, body)
    assert body["period"] == "20211104"
    assert body["orgUnit"] == place.district.code
    said = {(v["orgUnit"], v["dataElement"]): v["value"] for v in body["dataValues"]}
    assert said == expected(place)
    assert said[place.here.code, "persons"] == "3"
    assert not {key for _code, key in said} & {"tubes_tested", "results_out"}


def test_adx_is_well_formed_and_equal(place, officer):
    answer = officer.get(url(place, "adx"))

    assert answer["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{ADX}adx"
    groups = root.findall(f"{ADX}group")
    assert [g.get("orgUnit") for g in groups] == [
        place.district.code, place.here.code, place.there.code,
    ]  # fmt: skip
    assert {(g.get("period"), g.get("round")) for g in groups} == {
        ("2021-11-04/P1D", f"ROUND_{place.round.pk}")
    }
    assert {
        (g.get("orgUnit"), v.get("dataElement")): v.get("value")
        for g in groups
        for v in g.findall(f"{ADX}dataValue")
    } == expected(place)


def test_a_measure_report_counts_by_street_and_names_nobody(place, officer):
    answer = officer.get(url(place, "measure-report"))

    assert answer["Content-Type"] == "application/fhir+json"
    body = answer.json()
    valid(FHIR, body)
    groups = {g["code"]["coding"][0]["code"]: g for g in body["group"]}
    assert set(groups) == {key for (code, key) in expected(place) if code == place.district.code}
    assert groups["persons"]["population"][0]["count"] == 3
    strata = groups["persons"]["stratifier"][0]["stratum"]
    assert {
        s["value"]["coding"][0]["code"]: s["population"][0]["count"] for s in strata
    } == {place.here.code: 3, place.there.code: 0}  # fmt: skip
    share = groups["coverage_percent"]
    assert [p["count"] for p in share["population"]] == [3, 140]
    assert share["measureScore"]["value"] == 2.1


@pytest.mark.parametrize("form", ["data-value-set", "adx", "measure-report"])
def test_equal_figures_are_not_sent_again(place, officer, form):
    tag = officer.get(url(place, form))["ETag"]

    again = officer.get(url(place, form), headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("form", ["data-value-set", "adx", "measure-report"])
def test_a_time_of_which_nothing_was_kept_is_refused_and_not_answered_live(place, officer, form):
    asked = (clock.now() - timedelta(hours=1)).isoformat()

    answer = officer.get(url(place, form), {"as_of": asked})

    assert answer.status_code == 400
    assert answer.json()["code"] == "not_known_yet"
    assert officer.get(url(place, form), {"as_of": "yesterday"}).status_code == 400
    assert officer.get(url(place, form), {"day": "1"}).status_code == 400


def test_another_districts_round_is_not_there(place):
    other = make_desk().place
    client = Client()
    client.force_login(make_user(Role.REPORTING_OFFICER, other.district))

    assert client.get(url(place, "adx")).status_code == 404
    assert client.get("/api/v1/rounds/99999999999/adx/").status_code == 404


def test_every_indicator_has_a_key_that_all_three_forms_can_carry():
    assert [key for key in INDICATORS if not key.replace("_", "").isalpha()] == []
