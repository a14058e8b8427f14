"""The tables of docs/states.md are the rules of matters and requests."""

from pathlib import Path

import pytest
from django.conf import settings

from reporting.alerts.models import MatterStep, RequestStep
from reporting.alerts.models.matters import MatterState
from reporting.alerts.models.requests import RequestState
from reporting.alerts.services import matters, requests

STATES = (Path(settings.BASE_DIR) / "docs/states.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "heading, rule, states, actions",
    [
        ("matter is | step | becomes", matters.TRANSITIONS, MatterState, MatterStep.Action),
        ("request is | word | becomes", requests.TRANSITIONS, RequestState, RequestStep.Action),
    ],
)
def test_the_table_is_the_rule(heading, rule, states, actions):
    lines = STATES.split(f"| {heading} |\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    table = {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines}

    assert table == {
        (str(before), str(action), str(after))
        for before, steps in rule.items()
        for action, after in steps.items()
    }
    assert set(rule) == set(states.values)
    first = {actions.values[0]}  # how it comes about
    assert {action for _before, action, _after in table} == set(actions.values) - first
