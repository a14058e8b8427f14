"""Production refuses to start with anything that everybody knows."""

import base64
import os
import subprocess
import sys

import pytest

from config import settings
from launch.stack import ROOT

GOOD = {
    "PRODUCTION": "1",
    "SECRET_KEY": "Ab3-dE6_gH9jKl" * 5,
    "FIELD_KEY": base64.b64encode(b"f" * 32).decode(),
    "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
    "ALLOWED_HOSTS": "jinjian.example.org",
    "PUBLIC_URL": "https://jinjian.example.org",
}


def start(env: dict[str, str], code: str = "import config.settings") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)} | env,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr + done.stdout


def test_a_whole_production_environment_starts_and_passes_the_deployment_check() -> None:
    code = (
        "import django; from django.core.management import call_command; django.setup(); "
        "call_command('check', deploy=True, fail_level='WARNING')"
    )
    status, output = start(GOOD | {"DJANGO_SETTINGS_MODULE": "config.settings"}, code)
    assert status == 0, output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": settings.KNOWN_SECRET_KEY}, "SECRET_KEY is the example value"),
        ({"SECRET_KEY": "change-me" * 6}, "SECRET_KEY is the example value"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter"),
        ({"FIELD_KEY": ""}, "FIELD_KEY is not set"),
        ({"FIELD_KEY": settings.KNOWN_FIELD_KEY}, "FIELD_KEY is the example value"),
        ({"FIELD_KEY": "bm90IDMyIGJ5dGVz"}, "FIELD_KEY must hold 32 bytes"),
        ({"FIELD_KEY": "***"}, "FIELD_KEY is not base64"),
        ({"INDEX_KEY": settings.KNOWN_INDEX_KEY}, "INDEX_KEY is the example value"),
        ({"INDEX_KEY": GOOD["FIELD_KEY"]}, "must differ"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"PUBLIC_URL": "http://jinjian.example.org"}, "PUBLIC_URL"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
    ],
)
def test_production_refuses(change: dict[str, str], said: str) -> None:
    status, output = start(GOOD | change)
    assert status != 0
    assert said in output


def test_a_pool_for_the_web_and_none_for_workers() -> None:
    show = "import config.settings as s; print(s.DATABASES['default']['OPTIONS'])"
    assert "'max_size': 9" in start({"JINJIAN_ROLE": "web"}, show)[1]
    assert "pool" not in start({"JINJIAN_ROLE": "worker"}, show)[1]
    assert start({"JINJIAN_ROLE": "guest"})[0] != 0


def test_cookies_are_locked_in_production() -> None:
    show = "import config.settings as s; print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE)"
    assert start(GOOD, show)[1].split() == ["__Host-jinjian", "True"]
    assert start({}, show)[1].split() == ["jinjian", "False"]
