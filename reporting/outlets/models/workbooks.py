"""A superior's own workbook: uploaded once, with what goes into which of its cells."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from reporting.outlets.models.upward import Outlet


class Workbook(models.Model):
    """An empty workbook as it was uploaded; the newest of an outlet is the one that is filled."""

    scope_lookups = {"district": "outlet__superior__district_id"}

    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="workbooks")
    number = models.PositiveSmallIntegerField(_("version"))
    name = models.CharField(_("file name"), max_length=120)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    # Sheets, texts, formulas and merged ranges (`core.sheets.filling.Blank`).
    layout = models.JSONField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outlet", "number"], name="workbook_once")]


class EntryText(models.TextChoices):
    """Words that an issue can say about itself."""

    AS_OF = "as_of", _("the moment the figures are of")
    NUMBER = "number", _("number of the issue")
    ISSUE = "issue", _("number of the issue in words (第N期)")
    ROUND = "round", _("campaign and round")
    DISTRICT = "district", _("name of the district")
    SUPERIOR = "superior", _("name of the superior")
    TYPED = "typed", _("words typed here (who filled it in, telephone)")


class WorkbookEntry(models.Model):
    """What one cell gets, or one column of the rows of streets."""

    class Kind(models.TextChoices):
        FIGURE = "figure", _("a figure in a cell")
        TEXT = "text", _("words in a cell")
        ROWS = "rows", _("rows of streets")
        COLUMN = "column", _("a figure in the rows of streets")

    class RowKey(models.TextChoices):
        NAME = "name", _("name of the street")
        CODE = "code", _("code of the street")

    workbook = models.ForeignKey(Workbook, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    sheet = models.CharField(_("sheet"), max_length=31)
    # "B4" for a cell; "B" for a column, and for the one that says which street a row is of.
    cell = models.CharField(_("cell"), max_length=10)
    # The name of a cell, where it was given instead.
    named = models.CharField(max_length=60, blank=True, default="")
    indicator = models.CharField(_("figure"), max_length=40, blank=True, default="")
    # None: the district.
    street = models.ForeignKey(
        "campaigns.Division", models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.CharField(
        _("words"), max_length=10, choices=EntryText.choices, blank=True, default=""
    )
    typed = models.CharField(_("typed words"), max_length=100, blank=True, default="")
    row_key = models.CharField(
        _("rows are told by"), max_length=4, choices=RowKey.choices, blank=True, default=""
    )
    first_row = models.PositiveSmallIntegerField(_("first row"), null=True, blank=True)
    last_row = models.PositiveSmallIntegerField(_("last row"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workbook", "sheet", "cell"],
                name="workbook_cell_once",
                violation_error_message=_("Something goes into this cell already."),
            ),
            models.UniqueConstraint(
                fields=["workbook", "sheet"],
                condition=Q(kind="rows"),
                name="workbook_rows_once",
                violation_error_message=_("This sheet has its rows of streets already."),
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=["figure", "column"]) & ~Q(indicator=""))
                | (Q(kind="text", indicator="") & ~Q(text=""))
                | (
                    Q(kind="rows", indicator="", first_row__isnull=False, last_row__isnull=False)
                    & ~Q(row_key="")
                ),
                name="workbook_entry_complete",
                violation_error_message=_("Say what goes into this cell."),
            ),
            models.CheckConstraint(
                condition=Q(first_row__isnull=True) | Q(last_row__gte=models.F("first_row")),
                name="workbook_rows_in_order",
                violation_error_message=_("The last row comes after the first."),
            ),
        ]
