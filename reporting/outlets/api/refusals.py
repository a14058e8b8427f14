"""Every operation of the document says how it refuses, also those of other rooms."""

from __future__ import annotations

from typing import Any

_REFUSAL = {
    "description": "Refused, with a stable code: not signed in (401), not allowed (403), not there "
    "(404), unreadable (400), already so (409), busy (429 and 503).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def say_how_it_refuses(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Add what all refusals look like to each operation that names none."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if not any(status.startswith("4") for status in operation["responses"]):
                operation["responses"]["default"] = _REFUSAL
    return result
