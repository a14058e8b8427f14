"""What somebody in a role at a place would see: read from the policy, without being anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Division
from core.query import refuse_unknown_query
from core.scope import Scope
from personnel.forms.accounts import level_words, places, role_words
from personnel.roles import POLICY, Role
from reporting.boards.templatetags.frame import PAGES, url_of
from reporting.outlets.api.registry import RESOURCES
from reporting.outlets.permissions import can_pull, check_can_preview_roles
from reporting.outlets.queries.role_words import GROUPS


class RolePlaceForm(forms.Form):
    """Which role, and where it would be held."""

    role = forms.ChoiceField(label=_("Role"))
    division = forms.ModelChoiceField(
        label=_("Place"), queryset=Division.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, division = self.fields["role"], self.fields["division"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(division, forms.ModelChoiceField)
        role.choices = [(each.value, role_words(each)) for each in Role]
        division.queryset = places(scope)

    def clean(self) -> dict[str, Any]:
        """A role of communities is shown at the street that they lie in."""
        cleaned = super().clean() or {}
        if {"role", "division"} <= set(cleaned):
            levels = POLICY[Role(cleaned["role"])].levels
            near = levels | ({"street"} if "community" in levels else set())
            if cleaned["division"].level not in near:
                self.add_error(
                    "division",
                    forms.ValidationError(
                        _("This role is held at: %(levels)s."),
                        params={"levels": level_words(levels)},
                    ),
                )
        return cleaned


@dataclass(frozen=True)
class RoleView:
    """The preview: rights in words by group (word, held), pages (word, address), lists to pull."""

    role: Role
    place: Division
    groups: list[tuple[Any, list[tuple[Any, bool]]]]
    pages: list[tuple[Any, str]]
    lists: list[tuple[Any, bool]]


@never_cache
@require_safe
def roles_page(request: HttpRequest) -> HttpResponse:
    """Choose a role and a place; see its rights, pages and lists. Nothing is opened as it."""
    check_can_preview_roles(request.scope)
    refuse_unknown_query(request, ("role", "division"))
    form = RolePlaceForm(request.GET if request.GET else None, scope=request.scope)
    view = None
    if form.is_valid():
        view = role_view(Role(form.cleaned_data["role"]), form.cleaned_data["division"])
    status = 422 if form.is_bound and view is None else 200
    return render(
        request, "outlets/clients/roles.html", {"form": form, "view": view}, status=status
    )


def role_view(role: Role, place: Division) -> RoleView:
    """What the policy gives `role` at `place`: the very checks that pages and the API make."""
    scope = scope_of_role(role, place)
    return RoleView(
        role=role,
        place=place,
        groups=[
            (title, [(word, scope.can(right)) for right, word in rights.items()])
            for title, rights in GROUPS
        ],
        pages=[
            (word, url)
            for name, _icon, word, needed in PAGES
            if (url := url_of(name)) and (not needed or any(map(scope.can, needed.split())))
        ],
        lists=[
            (each.title, can_pull(scope, right=each.right, daily=each.daily)) for each in RESOURCES
        ],
    )


def scope_of_role(role: Role, place: Division) -> Scope:
    """The scope of a posting in `role` at `place`, to ask what it would be allowed."""
    here = frozenset({place.pk})
    return Scope(
        districts=here if place.level == "district" else frozenset(),
        streets=here if place.level == "street" else frozenset(),
        permissions=frozenset(each.value for each in POLICY[role].permissions),
        actor="preview",
    )
