"""The OpenAPI document: valid, complete, and true of what the addresses answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from reporting.outlets.api.registry import RESOURCES
from tests.api.world import Everything, make_everything
from tests.test_permission_matrix import urls

NAMES = [resource.name for resource in RESOURCES]


@pytest.fixture(scope="module")
def everything(django_db_setup, django_db_blocker):
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield make_everything()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _open(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def document(everything: Everything) -> dict[str, Any]:
    response = everything.commander.get("/api/v1/schema/", headers={"Accept-Language": "en"})
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def test_it_is_valid_openapi_3_1(document: dict[str, Any]):
    validate(document)

    assert document["openapi"].startswith("3.1")


def test_every_address_of_the_api_is_in_it(document: dict[str, Any]):
    addresses = {
        "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)
        for _name, pattern in urls(get_resolver())
        if pattern.startswith("api/v1/")
    }

    assert addresses - {"/api/v1/schema/"} == set(document["paths"])


def test_the_guide_lists_them_with_their_filters():
    text = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text()
    table = text.split("| list | what an item is | filters |\n")[1].split("\n\n")[0]
    told = {
        cells[0]: set(cells[1:])
        for line in table.splitlines()[1:]
        if (cells := re.findall(r"`([\w-]+)`", line.split("|")[1] + line.split("|")[3]))
    }

    assert told == {each.name: {f.name for f in each.all_filters} for each in RESOURCES}


def test_everything_says_what_it_means(document: dict[str, Any]):
    silent = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.split("/")[3] not in NAMES or path.strip("/").count("/") > 3:
                continue
            silent += [f"{path} {p['name']}" for p in operation["parameters"]
                       if not p.get("description")]  # fmt: skip
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert {"200", "400", "401", "403", "429", "503"} <= set(operation["responses"])
    for resource in RESOURCES:
        properties = document["components"]["schemas"][_component(resource)]["properties"]
        silent += [f"{resource.name}.{name}" for name, field in properties.items()
                   if not field.get("description")]  # fmt: skip

    assert silent == []


def _component(resource: Any) -> str:
    return resource.serializer.__name__.removesuffix("Serializer")


def _check(document: dict[str, Any], operation: dict[str, Any], body: Any) -> None:
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    whole = schema | {"components": document["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(body)


@pytest.mark.parametrize("name", NAMES)
def test_examples_and_answers_fit_their_schemas(
    name: str, document: dict[str, Any], everything: Everything
):
    for path, url in (
        (f"/api/v1/{name}/", f"/api/v1/{name}/"),
        (f"/api/v1/{name}/{{key}}/", f"/api/v1/{name}/{everything.keys[name]['here']}/"),
    ):
        operation = document["paths"][path]["get"]
        content = operation["responses"]["200"]["content"]["application/json"]
        (example,) = content["examples"].values()
        body = everything.commander.get(url).json()

        _check(document, operation, example["value"])
        _check(document, operation, body)
        assert set(body) == set(example["value"])
        if "items" in body:
            assert set(body["items"][0]) == set(example["value"]["items"][0])
            assert body["items"]


def test_a_wrong_item_would_not_fit(document: dict[str, Any]):
    from jsonschema import ValidationError

    operation = document["paths"]["/api/v1/points/"]["get"]
    content = operation["responses"]["200"]["content"]["application/json"]
    body = next(iter(content["examples"].values()))["value"]
    broken = body | {"items": [body["items"][0] | {"street": "seventeen"}]}

    with pytest.raises(ValidationError):
        _check(document, operation, broken)


def test_problems_fit_their_schema(document: dict[str, Any], everything: Everything):
    operation = document["paths"]["/api/v1/points/"]["get"]
    response = everything.commander.get("/api/v1/points/?x=1")
    schema = operation["responses"]["400"]["content"]["application/problem+json"]["schema"]

    Draft202012Validator(schema | {"components": document["components"]}).validate(response.json())
    assert response["Content-Type"] == "application/problem+json"


def test_problems_are_in_the_language_asked_for(everything: Everything):
    said = {
        language: everything.commander.get(
            "/api/v1/points/?x=1", headers={"Accept-Language": language}
        ).json()
        for language in ("en", "zh-hans")
    }

    assert {body["code"] for body in said.values()} == {"query_unknown"}
