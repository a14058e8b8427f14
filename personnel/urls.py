from django.urls import path

from personnel.api.devices import EnrolView
from personnel.views import account, language, sessions

app_name = "personnel"

urlpatterns = [
    path("sign-in/", sessions.sign_in_page, name="sign_in"),
    path("sign-out/", sessions.sign_out, name="sign_out"),
    path("language/", language.switch_language, name="language_switch"),
    path("account/password/", account.password_page, name="password_change"),
    path("account/role/", account.choose_role, name="role_choose"),
    path("api/v1/devices/enrol/", EnrolView.as_view(), name="device_enrol"),
]
