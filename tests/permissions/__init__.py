"""Who may do what at which address. Add a row for every new URL, or the matrix test fails.

Each room has its file of rows; what a row says stands in `row.py`. A URL that answers differently
by its query has several rows. A room whose rows name objects of its own adds a builder to
`FURNISH`: it gets the district and its units, and gives objects by name and side, which rows find
as `world.things[name][side]`.
"""

from __future__ import annotations

from tests.permissions import (
    alerts,
    api,
    boards,
    campaigns,
    clients,
    daily,
    dispatch,
    duty,
    exports,
    field,
    imports,
    matters,
    outlets,
    personnel,
    register,
    sites,
    situation,
    staff,
    training,
    upward,
    vehicles,
    visits,
)
from tests.permissions.row import EVERYBODY, Furnish, Row, Table, holding

FURNISH: list[Furnish] = [
    alerts.furnish,
    campaigns.furnish,
    daily.furnish,
    imports.furnish,
    matters.furnish,
    personnel.furnish,
    register.furnish,
    sites.furnish,
    staff.furnish,
    training.furnish,
    duty.furnish,
    vehicles.furnish,
    dispatch.furnish,
    visits.furnish,
    field.furnish,
    clients.furnish,
    api.furnish,
    exports.furnish,
    situation.furnish,
    upward.furnish,
]

TABLE: Table = {
    **alerts.TABLE,
    **campaigns.TABLE,
    **daily.TABLE,
    **imports.TABLE,
    **matters.TABLE,
    **register.TABLE,
    **personnel.TABLE,
    **sites.TABLE,
    **boards.TABLE,
    **outlets.TABLE,
    **staff.TABLE,
    **training.TABLE,
    **duty.TABLE,
    **vehicles.TABLE,
    **dispatch.TABLE,
    **visits.TABLE,
    **field.TABLE,
    **clients.TABLE,
    **api.TABLE,
    **exports.TABLE,
    **situation.TABLE,
    **upward.TABLE,
}

__all__ = ["EVERYBODY", "FURNISH", "TABLE", "Row", "Table", "holding"]
