"""The web in earnest: production settings, hashed files, as compose would start it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from launch import roles
from launch.ports import pick
from launch.programs import standard_argv
from launch.stack import ROOT
from tests.ops.surroundings import COMPOSE, filled

HOST = "jinjian.example.org"
TYPED = ("欧阳锦健", "13912345678", "110101199003074514")


@dataclass
class Answer:
    status: int
    headers: Message
    text: str


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


@dataclass
class Web:
    """A running web and its log."""

    port: int
    log: Path

    def get(self, path: str, data: bytes | None = None, **headers: str) -> Answer:
        given = {"Host": HOST, "X-Forwarded-Proto": "https"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, given)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
        try:
            with opener.open(request, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("production")
    env = filled(yaml.safe_load(COMPOSE.read_text())["services"]["web"]["environment"]) | {
        "DATABASE_URL": roles.with_database(os.environ["DATABASE_URL"], settings.TEST_DATABASE),
        "REDIS_URL": os.environ["REDIS_URL"],
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "STATIC_ROOT": str(folder / "static"),
        "METRICS_ALLOW": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, env=env, cwd=ROOT, check=True)
    port = pick()
    argv = standard_argv("web", bind=f"127.0.0.1:{port}", workers=2, threads=2)
    log = folder / "web.log"
    with log.open("wb") as stream:
        running = subprocess.Popen(argv, env=env, cwd=ROOT, stdout=stream, stderr=stream)
    here = Web(port, log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if here.get("/health/").status == 200:
                    break
            except OSError:
                pass
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield here
    finally:
        running.terminate()
        running.wait(20)
    assert not (folder / "metrics").exists(), "the last process clears up"


@pytest.mark.slow
def test_the_sign_in_page_is_whole(web: Web) -> None:
    page = web.get("/sign-in/")

    assert page.status == 200
    assert "__Host-jinjian_csrf=" in page.headers["Set-Cookie"]
    assert "Secure" in page.headers["Set-Cookie"]
    for name in (
        "Strict-Transport-Security",
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "X-Frame-Options",
    ):
        assert len(page.headers.get_all(name, [])) == 1, name
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(files) >= 2
    for file in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", file), f"{file} has no hash"
        answer = web.get(file)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.slow
def test_plain_http_is_led_to_tls_but_inside_checks_are_not(web: Web) -> None:
    page = web.get("/sign-in/", X_Forwarded_Proto="http")

    assert (page.status, page.headers["Location"]) == (301, f"https://{HOST}/sign-in/")
    assert web.get("/health/ready/", Host="localhost", X_Forwarded_Proto="http").status == 200
    assert web.get("/sign-in/", Host="elsewhere.example.org").status == 400


@pytest.mark.slow
def test_metrics_are_of_all_processes(web: Web) -> None:
    for _again in range(12):
        web.get("/health/")

    counted = []
    for _again in range(4):
        text = web.get("/metrics/", Host="web", X_Forwarded_Proto="http").text
        found = re.search(r'jinjian_requests_total{status="200",view="outlets:health"} (\S+)', text)
        assert found
        counted.append(float(found[1]))

    assert min(counted) >= 12
    assert len(set(counted)) == 1, "each process answers for both"
    assert "jinjian_marks_waiting" in text


@pytest.mark.slow
def test_its_log_is_json_and_holds_nothing_that_was_typed(web: Web) -> None:
    from urllib.parse import quote

    for typed in map(quote, TYPED):
        web.get(f"/{typed}/")
        web.get(f"/wall/{typed}/?q={typed}")
        web.get("/sign-in/", f"username={typed}&password={typed}".encode())
        web.get("/api/v1/capture/", f'{{"items": ["{typed}"]}}'.encode())
        web.get("/sign-in/", Host=f"{typed}.org", X_Request_ID=f"{typed}00000")
        web.get(f"/nothing%00{typed}/")
    time.sleep(0.3)

    text = web.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]

    told = [line for line in lines if line["logger"] == "jinjian.requests"]
    assert {"/sign-in/", "/wall/<token>/", "-"} <= {line["path"] for line in told}
    for typed in TYPED:
        assert typed not in text
        assert quote(typed) not in text
