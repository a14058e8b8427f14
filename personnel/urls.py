from django.urls import path

from personnel.api.devices import EnrolView
from personnel.views import account, accounts, devices, enrolment, language, sessions

app_name = "personnel"

urlpatterns = [
    path("sign-in/", sessions.sign_in_page, name="sign_in"),
    path("sign-out/", sessions.sign_out, name="sign_out"),
    path("language/", language.switch_language, name="language_switch"),
    path("account/password/", account.password_page, name="password_change"),
    path("account/role/", account.choose_role, name="role_choose"),
    path("accounts/", accounts.accounts_page, name="accounts"),
    path("accounts/new/", accounts.account_new, name="account_new"),
    path("accounts/<int:user_id>/", accounts.account_page, name="account"),
    path("accounts/<int:user_id>/state/", accounts.account_state, name="account_state"),
    path("accounts/<int:user_id>/password/", accounts.account_password, name="account_password"),
    path("accounts/<int:user_id>/postings/", accounts.posting_add, name="posting_add"),
    path(
        "accounts/<int:user_id>/postings/<int:posting_id>/end/",
        accounts.posting_end,
        name="posting_end",
    ),
    path("devices/", devices.devices_page, name="devices"),
    path("devices/<int:device_id>/revoke/", devices.device_revoke, name="device_revoke"),
    path("api/v1/devices/enrol/", EnrolView.as_view(), name="device_enrol"),
    path("units/<int:unit_id>/enrol/", enrolment.unit_enrol, name="unit_enrol"),
]
