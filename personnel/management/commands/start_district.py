"""Begin a district: its division, and an administrator whose password is printed once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from campaigns.services.divisions import create_district
from core import clock
from core.inputs import Refused, clean_code, clean_name
from personnel.passwords import make_password_text
from personnel.roles import Role
from personnel.services.postings import post
from personnel.services.users import create_user

BY = "command:start_district"


class Command(BaseCommand):
    help = "Begin a district and its first administrator; the password is printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="administrative code, such as 110107")
        parser.add_argument("name", help="name in Chinese")
        parser.add_argument("--name-en", default="", help="name in English")
        parser.add_argument("--username", default="admin", help="the administrator's user name")
        parser.add_argument("--language", choices=["zh-hans", "en"], default="zh-hans")

    def handle(self, *args: Any, **options: Any) -> None:
        password = make_password_text()
        try:
            with transaction.atomic():
                at = clock.now()
                district = create_district(
                    code=clean_code(options["code"], max_length=24),
                    name=clean_name(options["name"], max_length=80),
                    name_en=options["name_en"].strip(),
                    day=clock.day_of(at),
                    by=BY,
                    at=at,
                )
                user = create_user(
                    username=options["username"],
                    display_name=options["username"],
                    password=password,
                    by=BY,
                    language=options["language"],
                )
                post(
                    user=user,
                    role=Role.ADMINISTRATOR,
                    division=district,
                    by=BY,
                    at=timezone.now(),
                )
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        except Refused as refused:
            raise CommandError(refused.text) from refused
        self.stdout.write(
            f"district: {district.code} {district.name}\n"
            f"user: {user.username}\npassword: {password}\n"
            "The password is shown only here; the first sign-in asks for a new one."
        )
