"""Revoke a device by its number, or every device of a unit: for a lost phone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from personnel.models import Device
from personnel.services.devices import revoke


class Command(BaseCommand):
    help = "Revoke a device (or all devices of a unit); it is refused within two seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("device", nargs="?", type=int, help="number of the device")
        which.add_argument("--unit", type=int, help="number of the unit")

    def handle(self, *args: Any, **options: Any) -> None:
        devices = Device.objects.select_related("unit").order_by("pk")
        if options["unit"] is not None:
            found = list(devices.filter(unit_id=options["unit"]))
        else:
            found = list(devices.filter(pk=options["device"]))
        if not found:
            raise CommandError("no such device")
        at = timezone.now()
        revoked = sum(revoke(device=device, by="command:revoke_device", at=at) for device in found)
        self.stdout.write(f"revoked={revoked}")
