"""Make an account with a generated password, printed once; with --role and --division, post it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from campaigns.models import Division
from core.inputs import Refused
from personnel.passwords import make_password_text
from personnel.roles import Role
from personnel.services.postings import post
from personnel.services.users import create_user


class Command(BaseCommand):
    help = "Make an account; its generated password is printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="name shown; the user name if not given")
        parser.add_argument("--role", choices=[role.value for role in Role])
        parser.add_argument("--division", help="code of the division to post the person to")
        parser.add_argument("--language", choices=["zh-hans", "en"], default="zh-hans")
        parser.add_argument(
            "--keep-password",
            action="store_true",
            help="do not ask for a new password at the first sign-in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["role"]) != bool(options["division"]):
            raise CommandError("--role and --division go together")
        password = make_password_text()
        try:
            with transaction.atomic():
                user = create_user(
                    username=options["username"],
                    display_name=options["name"] or options["username"],
                    password=password,
                    by="command:create_user",
                    language=options["language"],
                    must_change_password=not options["keep_password"],
                )
                if options["role"]:
                    division = Division.objects.filter(
                        code=options["division"], valid_to__isnull=True
                    ).first()
                    if division is None:
                        raise CommandError("no current division has this code")
                    post(
                        user=user,
                        role=Role(options["role"]),
                        division=division,
                        by="command:create_user",
                        at=timezone.now(),
                    )
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        except Refused as refused:
            raise CommandError(refused.text) from refused
        self.stdout.write(f"user: {user.username}\npassword: {password}")
