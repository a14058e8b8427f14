"""The tables of docs/states.md are the rules of orders and visits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from logistics.models import OrderState, VisitState
from logistics.services import order_log, visits

STATES = (Path(settings.BASE_DIR) / "docs/states.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "what, rule, states",
    [("order", order_log.TRANSITIONS, OrderState), ("visit", visits.TRANSITIONS, VisitState)],
)
def test_the_table_is_the_rule(what: str, rule: Mapping[str, Any], states: Any) -> None:
    head = f"| {what} is | may become |\n"
    lines = STATES.split(head, 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    table = {}
    for line in lines:
        state, following = (cell.strip() for cell in line.strip("|").split("|"))
        table[state] = {word.strip() for word in following.split(",") if word.strip()}

    assert table == {str(state): {str(to) for to in after} for state, after in rule.items()}
    assert set(table) == set(states.values)
