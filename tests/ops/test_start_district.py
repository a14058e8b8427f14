"""The first command of an installation."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from campaigns.models import Division
from core.audit import AuditEvent
from personnel.models import User
from personnel.queries import standing_of


def start(*arguments: str, **options: str) -> dict[str, str]:
    out = io.StringIO()
    call_command("start_district", *arguments, stdout=out, **options)
    return dict(line.split(": ", 1) for line in out.getvalue().splitlines() if ": " in line)


@pytest.mark.django_db
def test_the_administrator_signs_in_with_the_printed_password_and_must_change_it() -> None:
    said = start("110107", "石景山区", name_en="Shijingshan", username="Admin-SJS")

    district = Division.objects.get(code="110107")
    user = User.objects.get(username="admin-sjs")
    standing = standing_of(user.pk, at=timezone.now())
    assert standing is not None
    assert (standing.role, standing.scope.districts) == ("administrator", {district.pk})
    client = Client()
    answer = client.post("/sign-in/", {"username": said["user"], "password": said["password"]})
    assert answer.status_code in (302, 303)
    assert client.get("/").headers["Location"] == "/account/password/"
    assert said["password"] not in "".join(str(each.summary) for each in AuditEvent.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "again", [("110107", "石景山区", "other"), ("110108", "海淀区", "admin")], ids=["code", "user"]
)
def test_a_second_start_changes_nothing(again: tuple[str, str, str]) -> None:
    start("110107", "石景山区")
    before = Division.objects.count(), User.objects.count()

    with pytest.raises(CommandError):
        start(again[0], again[1], username=again[2])

    assert (Division.objects.count(), User.objects.count()) == before
