"""What can be said about the containers without running one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.observe import QUIET
from launch import container
from launch.stack import ROOT
from launch.web import KEEP_SECONDS
from tests.ops.surroundings import COMPOSE, EXAMPLE, filled, read_example, variables_of

TEXT = COMPOSE.read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
NGINX = (ROOT / "deploy/nginx.conf.template").read_text()
ONCE = {"migrate", "wal-folder"}
# Of the compose specification, as far as it is used here; a misspelt key is otherwise ignored.
KEYS = {
    "build", "cap_drop", "command", "depends_on", "entrypoint", "environment", "healthcheck",
    "image", "init", "logging", "ports", "read_only", "restart", "security_opt", "shm_size",
    "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_healthy", "service_completed_successfully", "service_started"}


def test_only_known_keys_are_used() -> None:
    assert {key for key in FILE if not key.startswith("x-")} == {"name", "services", "volumes"}
    for name, service in SERVICES.items():
        assert set(service) <= KEYS, name
        assert set(service.get("healthcheck", {})) <= HEALTH_KEYS, name


def test_the_services_of_the_product_are_there() -> None:
    assert {"web", "worker", "beat", "postgres", "valkey", "nginx", "migrate"} <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_restarted_watched_and_its_log_bounded(name: str) -> None:
    service = SERVICES[name]

    assert re.fullmatch(r"jinjian:\$\{JINJIAN_VERSION:-latest\}|[\w/]+:\d+\.\d+", service["image"])
    assert service["logging"]["options"]["max-size"]
    if name in ONCE:
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_dependencies_exist_and_can_be_met(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] in CONDITIONS
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        if how["condition"] == "service_completed_successfully":
            assert other in ONCE


def test_named_volumes_are_declared_and_folders_exist() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.rsplit(":", 2 if volume.endswith(":ro") else 1)[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), (name, source)
            elif not source.startswith("${"):
                assert source in FILE["volumes"], (name, source)


def test_only_nginx_is_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"nginx"}


def test_each_variable_is_explained_and_each_explained_one_is_used() -> None:
    assert variables_of(TEXT) == set(read_example())


def test_what_must_be_given_is_asked_for_by_name_and_has_no_default() -> None:
    given = read_example()
    secret = {name for name, value in given.items() if "change-me" in value}

    asked = set(re.findall(r"\$\{(\w+):\?[^}]+\}", TEXT))

    assert secret | {"TLS_FOLDER"} == asked
    assert not asked & set(re.findall(r"\$\{(\w+):-", TEXT))


@pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate", "backup"])
def test_the_settings_start_in_production_with_what_a_service_is_given(name: str) -> None:
    env = filled(SERVICES[name]["environment"])
    env["PATH"], env["PYTHONPATH"] = os.defpath, str(ROOT)
    code = "import config.settings as s; print(s.ROLE, s.PRODUCTION, s.TRUSTED_PROXIES)"

    done = subprocess.run(
        ["python", "-c", code],
        env=env | {"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    role = {"web": "web", "worker": "worker", "beat": "worker"}.get(name, "owner")
    assert done.stdout.split() == [role, "True", "1"], done.stderr


@pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate", "backup"])
def test_a_service_knows_the_passwords_of_its_own_work_only(name: str) -> None:
    named = re.findall(r"\w*_PASSWORD", str(SERVICES[name]["environment"]))
    allowed = {
        "web": {"APP"},
        "worker": {"WORKER"},
        "beat": {"WORKER"},
        "backup": {"OWNER"},
        "migrate": {"POSTGRES", "OWNER", "APP", "WORKER"},
    }[name]

    assert {each.removesuffix("_PASSWORD") for each in named} == allowed | {"VALKEY"}


def test_the_commands_of_services_and_checks_are_understood() -> None:
    values = read_example()
    for name, service in SERVICES.items():
        if not service["image"].startswith("jinjian"):
            continue
        words = [filled({"": word}, values)[""] for word in service["command"]]
        assert container.parse(words).command == words[0], name
        if "healthcheck" in service:
            _cmd, python, module, program, *rest = service["healthcheck"]["test"]
            assert (python, module, program) == ("python", "-m", "launch.container")
            assert container.parse(rest).program == name


def test_the_example_tells_how_to_make_each_key() -> None:
    text = EXAMPLE.read_text()

    assert "SECRET_KEY=change-me" in text
    for command in ("token_urlsafe(48)", "openssl rand -base64 32", "openssl rand -hex 24"):
        assert command in text


def test_docker_agrees() -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("no docker compose on this machine: the checks above stand alone")
    done = subprocess.run(
        ["docker", "compose", "--env-file", str(EXAMPLE), "config", "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_image_runs_as_nobody_and_holds_no_secret() -> None:
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, flags=re.MULTILINE) == ["jinjian"]
    assert "--require-hashes" in DOCKERFILE
    assert "npm ci" in DOCKERFILE
    # Keys of one build step only: never ENV or ARG, which stay in the image.
    kept = re.findall(r"^(?:ENV|ARG) (?:.*\\\n)*.*", DOCKERFILE, flags=re.MULTILINE)
    assert not re.search(r"KEY|PASSWORD|SECRET", "".join(kept))


def test_everything_that_runs_is_in_the_image_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    taken = {line[1:] for line in lines if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert "*" in lines
    assert all((ROOT / each).exists() for each in taken)
    assert packages - taken == {"bench", "demo", "drills", "tests"}


def test_client_and_server_of_the_database_are_of_one_version() -> None:
    client = re.search(r"postgresql-client-(\d+)", DOCKERFILE)
    server = re.fullmatch(r"postgres:(\d+)\.\d+", SERVICES["postgres"]["image"])

    assert client
    assert server
    assert client[1] == server[1]


def test_nginx_limits_the_doors_and_hides_what_is_for_inside() -> None:
    from django.urls import reverse

    for name, rule in (
        ("personnel:sign_in", "limit_req zone=door"),
        ("personnel:device_enrol", "limit_req zone=enrol"),
        ("outlets:metrics", "return 404"),
        ("outlets:ready", "return 404"),
    ):
        block = re.search(rf"location = {re.escape(reverse(name))} {{(.*?)}}", NGINX, re.DOTALL)
        assert block, name
        assert rule in block[1]
    assert "add_header" not in NGINX, "the product sets its headers itself"
    # No variable that holds what somebody typed may stand in a log's format.
    (shape,) = re.findall(r"log_format \w+ [^;]+;", NGINX)
    assert not re.search(r"\$(request|request_uri|uri|args|query_string|http_\w+)\b", shape)
    braces = NGINX.count("{") - NGINX.count("}")
    assert braces == 0


def test_nginx_sets_nothing_twice_beside_the_images_own_file() -> None:
    """The image's nginx.conf has these in the same block; nginx would not start, or would write
    its own log with addresses and queries as well."""
    outside = re.sub(r"\{[^{}]*\}", "", re.sub(r"\{[^{}]*\}", "", NGINX.replace("${", "$")))

    directives = set(re.findall(r"^([a-z_]+) ", outside, flags=re.MULTILINE))

    assert not directives & {
        "access_log", "default_type", "include", "keepalive_timeout", "sendfile", "types",
    }  # fmt: skip
    for block in re.split(r"^server \{$", NGINX, flags=re.MULTILINE)[1:]:
        assert re.search(r"^    access_log (/dev/stdout jinjian|off);$", block, re.MULTILINE)
    ours = re.search(r"^    keepalive \d+;.*?keepalive_timeout (\d+)s;", NGINX, re.M | re.DOTALL)
    assert ours
    assert int(ours[1]) < KEEP_SECONDS


def test_quiet_views_exist() -> None:
    from django.urls import reverse

    assert {"static"} == {name for name in QUIET if ":" not in name}
    for name in QUIET - {"static", "boards:wall_ticket"}:
        reverse(name)


def test_no_folder_is_written_that_the_image_closes() -> None:
    """Root file systems are read-only: what a program writes must be a volume or memory."""
    for name in ("web", "worker", "beat", "backup", "migrate"):
        assert SERVICES[name]["read_only"] is True
    assert Path(SERVICES["web"]["environment"]["PROMETHEUS_MULTIPROC_DIR"]).parts[1] == "tmp"
    assert Path(SERVICES["beat"]["environment"]["BEAT_SCHEDULE"]).parts[1] == "tmp"
