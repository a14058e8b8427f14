"""Health, readiness and metrics: what they say when something is away, and to whom."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.observe import REQUESTS
from reporting.outlets import health
from reporting.outlets.metrics import STATE
from reporting.progress.models import Heartbeat
from tests.personnel.make import make_district


@pytest.fixture(autouse=True)
def forget() -> None:
    health._known.clear()


def beat(seconds_ago: float) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.update_or_create(id=1, defaults={"beaten_at": at})


@pytest.mark.django_db
def test_ready_names_each_part() -> None:
    began = time.monotonic()
    beat(1)

    response = Client().get("/health/ready/")

    took = time.monotonic() - began
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    parts = response.json()["parts"]
    assert 0.9 < parts.pop("recount_age_s") < 1.1 + took
    assert parts == {"database": "ok", "migrations": "ok", "recount": "ok", "broker": "ok"}


@pytest.mark.django_db
def test_a_silent_recount_and_an_absent_broker_do_not_take_the_web_out(settings) -> None:
    beat(60)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = Client().get("/health/ready/")

    assert response.status_code == 200
    parts = response.json()["parts"]
    assert (parts["recount"], parts["broker"]) == ("late", "away")


@pytest.mark.django_db
def test_an_old_schema_is_not_ready(monkeypatch) -> None:
    real = health.run

    def without_the_last(sql: str, params: list[object]) -> list[tuple]:
        rows = real(sql, params)
        return rows[:-1] if sql.startswith("SELECT app, name") else rows

    monkeypatch.setattr(health, "run", without_the_last)

    response = Client().get("/health/ready/")

    assert response.status_code == 503
    assert response.json()["parts"]["migrations"] == "1 to apply"


@pytest.mark.django_db
def test_no_database_is_not_ready_and_says_so(monkeypatch) -> None:
    from django.db import OperationalError

    def away(sql: str, params: list[object]) -> list[tuple]:
        raise OperationalError("connection refused at 10.0.0.7")

    monkeypatch.setattr(health, "run", away)

    response = Client().get("/health/ready/")

    assert (response.status_code, response.json()["parts"]["database"]) == (503, "away")
    assert b"10.0.0.7" not in response.content


@pytest.mark.django_db
def test_metrics_do_not_exist_for_strangers(settings) -> None:
    settings.TRUSTED_PROXIES = 1
    settings.METRICS_ALLOW = ["10.1.0.0/16"]
    client = Client()

    assert client.get("/metrics/").status_code == 404
    assert client.get("/metrics/", headers={"X-Forwarded-For": "10.2.0.9"}).status_code == 404
    # What the caller writes itself stands left of what our proxy saw.
    forged = client.get("/metrics/", headers={"X-Forwarded-For": "10.1.0.9, 8.8.8.8"})
    assert forged.status_code == 404
    assert client.get("/metrics/", headers={"X-Forwarded-For": "10.1.0.9"}).status_code == 200


@pytest.mark.django_db
def test_metrics_hold_the_state_and_the_requests(settings, django_assert_max_num_queries) -> None:
    beat(3)
    settings.METRICS_ALLOW = ["127.0.0.1"]
    client = Client()
    before = REQUESTS.labels("outlets:health", "200")._value.get()
    client.get("/health/")
    client.get("/health/?id=110101199001011237")

    with django_assert_max_num_queries(2):
        text = client.get("/metrics/").content.decode()

    for name in STATE:
        assert f"\njinjian_{name} " in text
    assert "\njinjian_recount_silent_seconds 3." in text
    assert f'jinjian_requests_total{{status="200",view="outlets:health"}} {before + 2}' in text
    assert 'jinjian_request_seconds_bucket{le="0.3",view="outlets:health"}' in text


@pytest.mark.django_db
def test_metrics_say_how_long_the_feed_is_held_back(settings) -> None:
    settings.METRICS_ALLOW = ["127.0.0.1"]

    assert "\njinjian_feed_held_seconds 0.0\n" in Client().get("/metrics/").content.decode()
    make_district()  # in the test's own transaction, which still runs

    text = Client().get("/metrics/").content.decode()
    [held] = re.findall(r"\njinjian_feed_held_seconds (\S+)\n", text)
    assert 0 < float(held) < 60
