"""Shapes of what people type at sign-in and about accounts; the rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import clock
from core.forms import CodeField, LocalDayField, NameField
from core.scope import Scope
from personnel.models import User
from personnel.roles import POLICY, Role


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    current = forms.CharField(
        label=_("Current password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters. A short sentence is easy to remember."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password, once more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or {}
        if cleaned.get("new") != cleaned.get("again"):
            self.add_error("again", _("The two new passwords differ."))
        return cleaned


class PostingForm(forms.Form):
    """A role and where it is held: a place of one's district, or a community by its code."""

    role = forms.ChoiceField(label=_("Role"))
    division = forms.ModelChoiceField(
        label=_("Place"), queryset=Division.objects.none(), empty_label=None
    )
    community = CodeField(
        label=_("Code of the community"),
        help_text=_("Only for roles in a community; the place above does not count then."),
        required=False,
        max_length=24,
    )
    until = LocalDayField(
        label=_("Last day"),
        help_text=_("Empty: until somebody ends it."),
        required=False,
        widget=forms.TextInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        role, division = self.fields["role"], self.fields["division"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(division, forms.ModelChoiceField)
        role.choices = [("", _("choose")), *((each.value, role_words(each)) for each in Role)]
        division.queryset = places(scope)

    def clean_until(self) -> Any:
        """The instant that ends the last day, or None."""
        day = self.cleaned_data["until"]
        if day is not None and day < clock.day_of(timezone.now()):
            raise forms.ValidationError(_("This day has passed."), code="past")
        return clock.end_of_day(day) if day is not None else None

    def clean_community(self) -> Division | None:
        """The community with this code, of one's district."""
        code = self.cleaned_data["community"]
        if not code:
            return None
        found = Division.objects.within(self.scope).current().communities().filter(code=code)
        if (community := found.first()) is None:
            raise forms.ValidationError(
                _("No community of your district has this code."), code="unknown"
            )
        return community

    def clean(self) -> dict[str, Any]:
        """Where the role is held, checked against the role's levels."""
        cleaned = super().clean() or {}
        chosen = cleaned.get("community") or cleaned.get("division")
        if not chosen or "role" not in cleaned or self.errors:
            return cleaned
        levels = POLICY[Role(cleaned["role"])].levels
        if chosen.level not in levels:
            field = "community" if levels == {Level.COMMUNITY} else "division"
            self.add_error(
                field,
                forms.ValidationError(
                    _("This role is held in: %(levels)s."),
                    code="level",
                    params={"levels": level_words(levels)},
                ),
            )
        cleaned["place"] = chosen
        return cleaned


class AccountForm(PostingForm):
    """A new account with its first posting."""

    display_name = NameField(label=_("Full name"), help_text=_("Shown to others beside decisions."))
    username = forms.CharField(
        label=_("User name"),
        help_text=_("For signing in; small letters and digits, a staff number for instance."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=User.Language.choices)

    field_order = ["display_name", "username", "language", "role", "division", "community", "until"]


class AccountFilterForm(forms.Form):
    """Which accounts the list shows."""

    role = forms.ChoiceField(label=_("Role"), required=False)
    division = forms.ModelChoiceField(
        label=_("Place"), queryset=Division.objects.none(), required=False, empty_label=_("all")
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), ("works", _("can sign in")), ("off", _("cannot sign in"))],
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, division = self.fields["role"], self.fields["division"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(division, forms.ModelChoiceField)
        role.choices = [("", _("all")), *((each.value, each.label) for each in Role)]
        division.queryset = places(scope)


class DeviceFilterForm(forms.Form):
    """Which devices the list shows."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("in use")),
            ("silent", _("silent for half an hour")),
            ("waiting", _("waiting for its code")),
            ("ended", _("ended")),
        ],
    )
    division = forms.ModelChoiceField(
        label=_("Street"), queryset=Division.objects.none(), required=False, empty_label=_("all")
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        division = self.fields["division"]
        assert isinstance(division, forms.ModelChoiceField)
        division.queryset = Division.objects.within(scope).current().streets().order_by("code")


def places(scope: Scope) -> Any:
    """The districts of a scope and their streets, in the order of their codes."""
    found = Division.objects.within(scope).current()
    return found.filter(level__in=[Level.DISTRICT, Level.STREET]).order_by("level", "code")


def level_words(levels: frozenset[str]) -> str:
    """The levels at which a role is held, in words, from the widest."""
    return " / ".join(str(Level(each).label) for each in Level.values if each in levels)


def role_words(role: Role) -> str:
    """A role and where it is held, for a choice."""
    return f"{role.label} ({level_words(POLICY[role].levels)})"
