"""What the documentation says is compared with the product: examples, names, tables."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sites.models import Conflict
from sites.models.tubes import TubeState
from sites.services.capture.items import read_item
from sites.services.units import NEEDS_REASON, TRANSITIONS
from tests.sites.make import make_desk

ROOT = Path(__file__).resolve().parent.parent
API = (ROOT / "docs/api.md").read_text()
STATES = (ROOT / "docs/states.md").read_text()
README = (ROOT / "README.md").read_text()
DOCUMENTS = [
    path
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    # Written by a measuring run, names folders of its own machine.
    if path.name != "performance.md"
]
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


def blocks(label: str) -> list[Any]:
    """The JSON blocks of docs/api.md with this label, decoded."""
    return [
        json.loads(text) for text in re.findall(rf"```json {label}\n(.*?)```", API, flags=re.DOTALL)
    ]


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table whose header row begins with these names."""
    table = text.split(f"| {heading} |\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


@pytest.mark.parametrize("item", blocks("item"), ids=lambda item: f"{item['kind']}-{item['seq']}")
def test_every_example_of_an_item_is_read(item: dict[str, Any]) -> None:
    assert str(read_item(item).id) == item["id"]


def test_there_is_an_example_of_every_kind() -> None:
    assert {item["kind"] for item in blocks("item")} == {"open", "add", "seal", "void", "move"}


@pytest.mark.django_db
def test_the_api_answers_the_examples_as_the_text_says() -> None:
    desk = make_desk()
    items = [item | {"round": desk.place.round.pk} for item in blocks("item")]
    (answer,) = blocks("answer")

    results = desk.send(*items)

    assert [(r["id"], r["verdict"]) for r in results] == [
        (r["id"], r["verdict"]) for r in answer["results"]
    ]


@pytest.mark.django_db
def test_the_example_of_a_tally_is_taken() -> None:
    desk = make_desk()
    (tally,) = blocks("tally")

    response = desk.post(tally | {"round": desk.place.round.pk}, path="/api/v1/tallies/")

    assert (response.status_code, response.json()["verdict"]) == (201, "created")


@pytest.mark.django_db
def test_the_example_of_a_problem_has_the_fields_of_a_real_one() -> None:
    desk = make_desk()
    (problem,) = blocks("problem")

    real = desk.post(b'{"items": [{"round": 1, "round": 1}]}').json()

    assert real.keys() == problem.keys()
    assert (real["code"], real["errors"][0]["path"]) == ("key_duplicate", "items[0].round")


CAPTURE = "/api/v1/capture/"
ENVELOPE = {"items": [{}]}
MISTAKES: dict[str, dict[str, Any]] = {
    "no token": {"status": 401},
    "a wrong token": {"status": 401, "token": "wrong"},
    "get": {"status": 405, "method": "get"},
    "text": {"status": 415, "content_type": "text/plain"},
    "compressed": {"status": 400, "encoding": "gzip"},
    "no items": {"status": 400, "body": {"items": []}},
    "too many items": {"status": 400, "body": {"items": [1] * 1001}},
    "unknown field": {"status": 400, "body": {"items": [1], "batch": 1}},
    "unknown parameter": {"status": 400, "path": f"{CAPTURE}?dry=1"},
    "no sight of figures": {"status": 403, "path": "/api/v1/progress/", "method": "get"},
    "no such address": {"status": 404, "path": "/api/v1/nothing/"},
    "unknown code": {
        "status": 400,
        "path": "/api/v1/devices/enrol/",
        "body": {"code": "AAAA-AAAA"},
    },
}


@pytest.mark.django_db
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_code_of_a_mistake_stands_in_the_text(mistake: dict[str, Any]) -> None:
    desk = make_desk()
    token = mistake.get("token", "" if mistake is MISTAKES["no token"] else desk.token)
    headers = {"Authorization": f"Device {token}"} if token else {}
    if "encoding" in mistake:
        headers["Content-Encoding"] = mistake["encoding"]

    response = desk.client.generic(
        mistake.get("method", "post").upper(),
        mistake.get("path", CAPTURE),
        json.dumps(mistake.get("body", ENVELOPE)),
        content_type=mistake.get("content_type", "application/json"),
        headers=headers,
    )

    assert response.status_code == mistake["status"]
    assert re.search(rf"[` ]{response.json()['code']}`", API)


def test_every_code_of_a_conflict_is_explained() -> None:
    explained = {row[0].strip("`") for row in rows(API, "code | meaning | verdict")}

    assert explained == set(Conflict.Code.values)


def test_the_table_of_unit_states_is_the_rule() -> None:
    table = rows(STATES, "from | to | reason")

    assert {(before, to) for before, to, _reason in table} == {
        (str(before), str(to)) for before, steps in TRANSITIONS.items() for to in steps
    }
    assert {to for _before, to, reason in table if reason} == set(map(str, NEEDS_REASON))


def test_the_table_of_tube_states_is_complete() -> None:
    assert {row[0] for row in rows(STATES, "state | meaning | comes from")} == set(TubeState.values)


def test_functions_named_in_the_readme_exist() -> None:
    named = re.findall(r"`([\w./]+\.py): (\w+)`", README)
    assert len(named) > 15

    missing = [
        f"{path}: {name}"
        for path, name in named
        if name
        not in {
            node.name
            for node in ast.walk(ast.parse((ROOT / path).read_text()))
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
    ]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_named_in_a_document_exist(document: Path) -> None:
    text = document.read_text()
    named = re.findall(r"`((?:[a-z_]+/)+[\w.-]+\.(?:py|js|css|html|md|json))(?:: \w+)?`", text)

    assert [path for path in named if not (ROOT / path).exists() and path[:4] != "var/"] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_no_place_outside_the_repository(document: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:work|home|root|tmp|usr)/|\.\./", document.read_text()) == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_context_decision_and_consequences(decision: Path) -> None:
    headings = re.findall(r"^## (.+)$", decision.read_text(), flags=re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences"]


def test_requirements_are_all_listed_once() -> None:
    text = (ROOT / "docs/requirements.md").read_text()
    listed = re.findall(r"^\| (S\d{3}) \|", text, flags=re.MULTILINE)

    assert listed == [f"S{number:03}" for number in range(1, 110)]
