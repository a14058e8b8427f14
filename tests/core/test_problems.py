"""Every known error has one form, and shows nothing of its inside."""

import json

import pytest
from django.template import TemplateDoesNotExist
from django.test import Client

from core import problems, request_id

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.problem_urls")]

EXPECTED = {
    "refused": (400, "number_offered"),
    "body": (400, "key_duplicate"),
    "conflict": (409, "taken"),
    "missing": (404, "not_found"),
    "denied": (403, "not_allowed"),
    "suspicious": (400, "bad_request"),
    "invalid": (400, "invalid"),
    "pool": (503, "unavailable"),
    "pool-raw": (503, "unavailable"),
    "starting": (503, "unavailable"),
    "closed": (503, "unavailable"),
    "integrity": (409, "not_consistent"),
    "data": (400, "value_unstorable"),
    "fields": (400, "invalid"),
    "throttled": (429, "throttled"),
}
FIELDS = {"type", "title", "status", "code", "detail", "errors", "request_id"}


@pytest.fixture
def visitor(settings) -> Client:
    """A browser or device that is not signed in, before the kernel's middleware alone."""
    settings.MIDDLEWARE = ["core.problems.RequestIdMiddleware"]
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("way", ["plain", "rest"])
@pytest.mark.parametrize("fault", EXPECTED)
def test_the_api_answers_every_fault_as_a_problem(visitor, way, fault):
    response = visitor.get(f"/api/{way}/{fault}/")
    body = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert set(body) == FIELDS
    assert (response.status_code, body["code"]) == EXPECTED[fault]
    assert body["status"] == response.status_code
    assert body["request_id"] == response["X-Request-ID"] != ""
    assert "ecret" not in response.text
    assert "13800138000" not in response.text


@pytest.mark.parametrize("fault", ["pool", "pool-raw", "starting", "closed"])
@pytest.mark.parametrize("place", ["api/plain", "api/rest", "page"])
def test_an_absent_database_is_a_503_that_says_when_to_come_back(visitor, place, fault):
    response = visitor.get(f"/{place}/{fault}/")
    assert (response.status_code, response["Retry-After"]) == (503, "2")


def test_faults_inside_a_body_are_named_by_path(visitor):
    duplicate = visitor.get("/api/plain/body/").json()
    fields = visitor.get("/api/rest/fields/").json()
    assert [error["path"] for error in duplicate["errors"]] == ["items[0].a"]
    assert {error["path"]: error["message"] for error in fields["errors"]} == {
        "items[1].at": "Needs an offset.",
        "round": "No.",
    }


def test_bodies_are_read_strictly_by_the_api(visitor):
    def post(body, **headers):
        return visitor.post("/api/rest/x/", body, content_type="application/json", headers=headers)

    assert post(b'{"a":1}').status_code == 200
    for body in (b'{"a":1,"a":2}', b"{", b'{"a":"\\u0000"}', b"[" * 100_000, b"\xff", b"NaN"):
        response = post(body)
        assert (response.status_code, response["Content-Type"]) == (
            400,
            "application/problem+json",
        )
    assert post(b"{}", content_encoding="gzip").json()["code"] == "body_encoded"
    assert visitor.post("/api/rest/x/", {"a": "1"}).status_code == 415


def test_django_s_own_errors_under_the_api_become_problems(visitor):
    unknown = visitor.get("/api/nothing/")
    wrong_method = visitor.delete("/api/rest/refused/")
    bug = visitor.get("/api/plain/bug/")
    assert [(one.status_code, one.json()["code"]) for one in (unknown, wrong_method, bug)] == [
        (404, "not_found"),
        (405, "method_not_allowed"),
        (500, "internal"),
    ]
    assert "ecret" not in bug.text


@pytest.mark.parametrize("fault", sorted(set(EXPECTED) | {"bug"}))
def test_pages_answer_with_one_page(visitor, fault, monkeypatch):
    seen = {}

    def render(template, context, request=None):
        seen.update(context, template=template, request=request)
        return "<p>page</p>"

    monkeypatch.setattr(problems.loader, "render_to_string", render)
    response = visitor.get(f"/page/{fault}/")
    status, code = EXPECTED.get(fault, (500, "internal"))
    assert response.status_code == status
    assert seen["template"] == "errors/problem.html"
    assert (seen["status"], seen["code"]) == (status, code)
    assert seen["request_id"] == response["X-Request-ID"]
    assert str(seen["title"])
    assert "ecret" not in str(seen["detail"])
    assert (seen["request"] is None) == (status >= 500)


def test_a_missing_template_does_not_make_it_worse(visitor, monkeypatch):
    def broken(*args, **kwargs):
        raise TemplateDoesNotExist("errors/problem.html")

    monkeypatch.setattr(problems.loader, "render_to_string", broken)
    response = visitor.get("/page/starting/")
    assert response.status_code == 503
    assert response["X-Request-ID"] in response.text


@pytest.mark.parametrize("url", ["/ok/a%00b/", "/ok/a/?x=%00", "/api/ok/?x=%00", "/api/%00/"])
def test_a_nul_in_the_address_is_a_400(visitor, url):
    assert visitor.get(url).status_code == 400


def test_a_nul_that_reaches_the_database_is_a_400(visitor):
    assert visitor.get("/api/plain/nul/").status_code == 400


@pytest.mark.parametrize(
    ("offered", "taken"),
    [("trace-0001", True), ("short", False), ("x" * 65, False), ("evil id\t1234", False)],
)
def test_a_well_formed_request_id_is_kept(visitor, offered, taken):
    response = visitor.get("/api/ok/", headers={"x-request-id": offered})
    assert (response["X-Request-ID"] == offered) is taken
    assert len(response["X-Request-ID"]) >= 8
    assert request_id.current_request_id() == ""


def test_who_is_not_signed_in_is_told_so(visitor):
    response = visitor.get("/api/plain/unsigned/")
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_titles_are_in_the_language_of_the_reader(visitor, settings):
    from django.utils import translation

    with translation.override("en"):
        english = visitor.get("/api/plain/denied/").json()["title"]
    assert english == "You may not do this"


def test_a_database_error_deep_inside_is_recognised():
    inner = problems.OperationalError("gone")
    outer = RuntimeError("task failed")
    outer.__cause__ = inner
    assert problems.is_outage(outer)
    assert not problems.is_outage(RuntimeError("other"))
    assert not problems.is_outage(None)


def test_a_problem_can_be_built_by_hand(rf):
    response = problems.problem_response(
        rf.get("/api/"), status=409, code="closed", detail="The unit is closed."
    )
    body = json.loads(response.content)
    assert (body["code"], body["detail"], body["type"]) == (
        "closed",
        "The unit is closed.",
        "urn:jinjian:problem:closed",
    )
