"""How the API's description names the token of a machine client."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from reporting.outlets.services.tokens import MEANINGS


class ClientScheme(OpenApiAuthenticationExtension):
    target_class = "reporting.outlets.authentication.ClientAuthentication"
    name = "clientToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "description": "Client credentials; a token lives 15 minutes. Send it as "
            "`Authorization: Bearer <token>`.",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": reverse("clients:token"),
                    "scopes": MEANINGS,
                }
            },
        }
