"""Machine clients: client credentials and no other grant; of the library's addresses none is open.

The rules of RFC 9700, the best current practice, are all on. `TOKEN_STORAGE` is the one that counts
here: digests of tokens are kept, and not the tokens.
"""

RFC_9700 = (
    "IMPLICIT_GRANT",
    "PASSWORD_GRANT",
    "PKCE_METHOD",
    "ACCESS_TOKEN_TRANSPORT",
    "TOKEN_STORAGE",
    "AUTHZ_RESPONSE_ISS",
)
OAUTH2_PROVIDER: dict[str, object] = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "reporting.outlets.services.tokens.ClientValidator",
    "SCOPES_BACKEND_CLASS": "reporting.outlets.services.tokens.ClientScopes",
    "ACCESS_TOKEN_GENERATOR": "reporting.outlets.services.tokens.new_access_token",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 15 * 60,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    **{f"COMPLIANT_BCP_RFC9700_{rule}": True for rule in RFC_9700},
}
