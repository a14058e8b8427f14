"""Secrets of one data folder: generated once, readable by their owner only."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

ROLES = ("jinjian_owner", "jinjian_app", "jinjian_worker")


class KeyRing:
    """The generated passwords and keys in `<data>/secrets.json` (mode 0600)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values = self._load()

    def _load(self) -> dict[str, str]:
        try:
            held: dict[str, str] = json.loads(self.path.read_text())
        except FileNotFoundError:
            held = {}
        wanted = {
            "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
            "VALKEY_PASSWORD": lambda: secrets.token_urlsafe(24),
            "ROLE_SEED": lambda: secrets.token_urlsafe(24),
            "SECRET_KEY": lambda: secrets.token_urlsafe(48),
            "FIELD_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
            "INDEX_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        missing = {name: make() for name, make in wanted.items() if name not in held}
        if missing:
            held |= missing
            self._save(held)
        return held

    def _save(self, held: dict[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(held, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self.path)

    def role_password(self, role: str, seed: str | None = None) -> str:
        """Give a role's password.

        On a server of the user's own, `seed` is that account's password, so that two data
        folders on one server agree instead of locking each other out.
        """
        key = (seed or self.values["ROLE_SEED"]).encode()
        return hmac.new(key, f"jinjian role {role}".encode(), hashlib.sha256).hexdigest()
