"""Addresses of the register. Numbers of documents never stand in one."""

from django.urls import path

from campaigns.views import register, register_import, register_runs, residents

REGISTER_URLS = [
    path("register/", register.register_page, name="register"),
    path("register/contradictions/", register.contradictions_page, name="register_contradictions"),
    path(
        "register/contradictions/<int:contradiction_id>/settle/",
        register.contradiction_settle,
        name="contradiction_settle",
    ),
    path("register/import/", register_import.register_import, name="register_import"),
    path("register/import/begin/", register_import.register_begin, name="register_begin"),
    path("register/import/<uuid:run_id>/", register_runs.register_run, name="register_run"),
    path(
        "register/import/<uuid:run_id>/slices/<int:number>/",
        register_import.register_chunk,
        name="register_chunk",
    ),
    path(
        "register/import/<uuid:run_id>/finish/",
        register_import.register_finish,
        name="register_finish",
    ),
    path(
        "register/import/<uuid:run_id>/columns/",
        register_runs.register_columns,
        name="register_columns",
    ),
    path(
        "register/import/<uuid:run_id>/confirm/",
        register_runs.register_confirm,
        name="register_confirm",
    ),
    path(
        "register/import/<uuid:run_id>/discard/",
        register_runs.register_discard,
        name="register_discard",
    ),
    path("register/import/<uuid:run_id>/undo/", register_runs.register_undo, name="register_undo"),
    path(
        "register/import/<uuid:run_id>/refused.csv",
        register_runs.register_refused,
        name="register_refused",
    ),
    path("register/<uuid:resident_id>/", residents.resident_page, name="resident"),
    path("register/<uuid:resident_id>/unmask/", residents.resident_unmask, name="resident_unmask"),
    path("register/<uuid:resident_id>/groups/", residents.resident_groups, name="resident_groups"),
    path(
        "register/<uuid:resident_id>/exempt/<int:round_id>/",
        residents.resident_exempt,
        name="resident_exempt",
    ),
    path(
        "register/<uuid:resident_id>/exemptions/<int:exemption_id>/end/",
        residents.resident_exempt_end,
        name="resident_exempt_end",
    ),
]
