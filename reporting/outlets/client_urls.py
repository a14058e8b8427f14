"""Addresses of machine clients."""

from django.urls import path

from reporting.outlets.views import clients, roles
from reporting.outlets.views.token import TokenView

app_name = "clients"
urlpatterns = [
    path("api/v1/oauth/token/", TokenView.as_view(), name="token"),
    path("clients/", clients.clients_page, name="clients"),
    path("clients/roles/", roles.roles_page, name="roles"),
    path("clients/new/", clients.client_new, name="new"),
    path("clients/<int:client_id>/", clients.client_page, name="client"),
    path("clients/<int:client_id>/change/", clients.client_change, name="change"),
    path("clients/<int:client_id>/rotate/", clients.client_rotate, name="rotate"),
    path("clients/<int:client_id>/end-old/", clients.client_end_old, name="end_old"),
    path("clients/<int:client_id>/revoke/", clients.client_revoke, name="revoke"),
    path("clients/<int:client_id>/persons/", clients.persons_ask, name="persons_ask"),
    path("clients/persons/<int:grant_id>/decide/", clients.persons_decide, name="persons_decide"),
    path(
        "clients/persons/<int:grant_id>/withdraw/",
        clients.persons_withdraw,
        name="persons_withdraw",
    ),
]
