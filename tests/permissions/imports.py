"""Who may do what at the addresses of imports."""

from __future__ import annotations

from tests.permissions.row import Table

TABLE: Table = {}
