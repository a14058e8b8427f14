"""What is typed about a situation report: its words, what others state, reasons, its times."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LocalMomentField, NoteField, WholeNumberField
from reporting.outlets.models import SituationStatement, SituationText
from reporting.outlets.services.situation import (
    LONGEST_REASON,
    LONGEST_SOURCE,
    LONGEST_TEXT,
    Statement,
    Words,
)
from reporting.outlets.services.situation_flow import LONGEST_COMMENT
from reporting.outlets.situation.checks import RULES

ROWS = {"headline": 4, "exceptions": 6, "actions": 5}


class EditionForm(forms.Form):
    """The edition that was looked at: nobody signs what they have not seen."""

    edition = WholeNumberField(label=_("Edition"), widget=forms.HiddenInput)


class WordsForm(EditionForm):
    """All passages in both languages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, language_word in SituationText.Language.choices:
            for key, word in SituationText.Key.choices:
                self.fields[f"{key}_{language}"] = NoteField(
                    label=_("%(passage)s, %(language)s")
                    % {"passage": word, "language": language_word},
                    required=key == SituationText.Key.HEADLINE,
                    max_length=LONGEST_TEXT,
                    widget=forms.Textarea(attrs={"rows": ROWS[key]}),
                )

    def words(self) -> list[Words]:
        """The passages as the service wants them."""
        return [
            Words(key, language, self.cleaned_data[f"{key}_{language}"])
            for language in SituationText.Language.values
            for key in SituationText.Key.values
        ]


class StatementForm(EditionForm):
    """A figure stated by somebody; left empty it is taken back."""

    key = forms.ChoiceField(label=_("Figure"), choices=SituationStatement.Key.choices)
    value = WholeNumberField(label=_("Number (empty: take it back)"), required=False)
    unit = forms.ChoiceField(label=_("Unit of count"), choices=SituationStatement.Unit.choices)
    source = NoteField(
        label=_("Stated by"), required=False, max_length=LONGEST_SOURCE, widget=forms.TextInput
    )
    source_en = NoteField(
        label=_("Stated by, in English"),
        required=False,
        max_length=LONGEST_SOURCE,
        widget=forms.TextInput,
    )
    as_of = LocalMomentField(label=_("As of"), required=False)

    def statement(self) -> Statement:
        """The statement as the service wants it."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "edition"}
        return Statement(**given)


class OverrideForm(EditionForm):
    """Let one check pass, with the reason that is printed; without one it counts again."""

    code = forms.ChoiceField(label=_("Check"), choices=[(rule[0], rule[1]) for rule in RULES])
    reason = NoteField(label=_("Reason, printed in the report"), required=False,
                  max_length=LONGEST_REASON, widget=forms.TextInput)  # fmt: skip


class ReturnForm(EditionForm):
    """Send it back in one's own words."""

    comment = NoteField(label=_("What has to be mended"), max_length=LONGEST_COMMENT,
                   widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip


class WithdrawForm(forms.Form):
    """Why a report is not needed."""

    reason = NoteField(label=_("Reason"), max_length=LONGEST_COMMENT, widget=forms.TextInput)


class CorrectForm(forms.Form):
    """What is wrong in an issue; the correction prints it."""

    reason = NoteField(label=_("Reason"), max_length=LONGEST_REASON, widget=forms.TextInput)


class RoundForm(forms.Form):
    """Of the round that the page showed, also where another one has begun meanwhile."""

    round = WholeNumberField(label=_("Round"), maximum=2**31 - 1, widget=forms.HiddenInput)


class OpenForm(RoundForm):
    """A report by hand: of which area, and at which quarter hour."""

    division = WholeNumberField(label=_("Area"))
    cut_off = LocalMomentField(label=_("Cut-off"))


class TimesForm(RoundForm):
    """When reports are due."""

    EVERY = (("", _("not regularly")), ("60", _("every hour")), ("120", _("every 2 hours")),
             ("180", _("every 3 hours")), ("240", _("every 4 hours")),
             ("360", _("every 6 hours")), ("720", _("every 12 hours")))  # fmt: skip

    every_minutes = forms.TypedChoiceField(
        label=_("How often"), choices=EVERY, required=False, coerce=int, empty_value=None
    )
    daily = forms.TimeField(label=_("And once a day at (empty: never)"), required=False,
                            widget=forms.TimeInput(attrs={"type": "time"}))  # fmt: skip
    opens_before = WholeNumberField(label=_("Drafts open so many minutes ahead"), maximum=120)
    active = forms.BooleanField(label=_("Drafts open by themselves"), required=False)

    @property
    def daily_minute(self) -> int | None:
        """Minutes after midnight; 00:00 is meant as the end of the day."""
        at = self.cleaned_data["daily"]
        return None if at is None else (at.hour * 60 + at.minute) or 1440
