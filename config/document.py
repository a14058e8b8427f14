"""What the document of the API says of itself (drf-spectacular)."""

from __future__ import annotations

from typing import Any

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Jinjian API",
    "DESCRIPTION": "Capture from sampling units, and progress for those who may read it.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reporting.outlets.api.refusals.say_how_it_refuses",
    ],
    # The states of points and of units are one list.
    "ENUM_NAME_OVERRIDES": {"UnitStateEnum": "sites.models.points.State"},
    # A machine client's id and secret, to ask for a token.
    "APPEND_COMPONENTS": {
        "securitySchemes": {"clientBasic": {"type": "http", "scheme": "basic"}},
    },
}
