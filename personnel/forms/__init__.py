"""Shapes of what people type in this room; the rules are in the services."""

from personnel.forms.accounts import (
    AccountFilterForm,
    AccountForm,
    DeviceFilterForm,
    PasswordForm,
    PostingForm,
    SignInForm,
)

__all__ = [
    "AccountFilterForm",
    "AccountForm",
    "DeviceFilterForm",
    "PasswordForm",
    "PostingForm",
    "SignInForm",
]
