"""Who may do what at the addresses of personnel."""

from __future__ import annotations

from personnel.roles import Permission
from tests.permissions.row import EVERYBODY, PAGE, PEOPLE, Row, Table, holding

TABLE: Table = {
    "personnel:sign_in": Row(EVERYBODY, {"GET": {200, 302}, "HEAD": {200, 302}, "POST": {422}}),
    "personnel:sign_out": Row(PEOPLE, {"POST": {302}}),
    "personnel:language_switch": Row(
        EVERYBODY, {"POST": {302}}, body=lambda world, side: {"language": "en"}
    ),
    "personnel:password_change": Row(PEOPLE, PAGE | {"POST": {422}}),
    "personnel:role_choose": Row(PEOPLE, {"POST": {400}}),
    "personnel:device_enrol": Row(
        EVERYBODY, {"POST": {400}}, body=lambda world, side: {"code": "ABCD-EFGH"}, json=True
    ),
    "personnel:unit_enrol": Row(
        holding(Permission.ENROL_DEVICE),
        PAGE | {"POST": {201}},
        path=lambda world, side: {"unit_id": world.units[side].pk},
        of=True,
        body=lambda world, side: {"label": "phone"},
    ),
}
