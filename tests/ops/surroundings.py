"""The environment that docker-compose.yml and deploy/env.example together give a service."""

from __future__ import annotations

import base64
import re
import secrets

from launch.stack import ROOT

COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / "deploy/env.example"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def variables_of(text: str) -> set[str]:
    """Every ${VARIABLE} in a text."""
    return {found[0] for found in _VARIABLE.findall(text)}


def read_example() -> dict[str, str]:
    """The variables of the example, as they stand there."""
    lines = EXAMPLE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def an_operators_values() -> dict[str, str]:
    """The example with every change-me replaced as its comments say."""
    values = read_example() | {"JINJIAN_HOST": "jinjian.example.org"}
    for name in values:
        if name in ("FIELD_KEY", "INDEX_KEY"):
            values[name] = base64.b64encode(secrets.token_bytes(32)).decode()
        elif name == "SECRET_KEY":
            values[name] = secrets.token_urlsafe(48)
        elif "change-me" in values[name]:
            values[name] = secrets.token_hex(24)
    return values


def filled(environment: dict[str, str], values: dict[str, str] | None = None) -> dict[str, str]:
    """A service's environment as compose would fill it in; a missing variable is a KeyError."""
    given = an_operators_values() if values is None else values

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        return given.get(name) or default if kind == "-" else given[name]

    return {name: _VARIABLE.sub(value, str(text)) for name, text in environment.items()}
