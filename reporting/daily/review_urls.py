"""Addresses of completeness and review, of the figures that stand, and of the report forms."""

from __future__ import annotations

from django.urls import URLPattern, path

from reporting.daily.views import figures, forms, pane, review, unlocks

urlpatterns: list[URLPattern] = [
    path("daily/review/", review.review_page, name="review"),
    path("daily/review/<int:report_id>/", pane.report_pane, name="review_report"),
    path("daily/review/<int:report_id>/accept/", pane.report_accept, name="review_accept"),
    path("daily/review/<int:report_id>/return/", pane.report_return, name="review_return"),
    path("daily/review/clean/<int:cutoff_id>/", review.review_clean, name="review_clean"),
    path("daily/unlocks/", unlocks.unlocks_page, name="unlocks"),
    path("daily/unlocks/<int:unlock_id>/", unlocks.unlock_decide, name="unlock_decide"),
    path("daily/figures/", figures.figures_page, name="figures"),
    path("daily/figures.csv", figures.figures_csv, name="figures_csv"),
    path("daily/forms/", forms.forms_page, name="forms"),
    path("daily/forms/of/<int:district_id>/", forms.forms_builtin, name="forms_builtin"),
    path("daily/forms/<int:form_id>/", forms.form_page, name="form"),
    path("daily/forms/<int:form_id>/times/", forms.form_times, name="form_times"),
    path("daily/forms/<int:form_id>/round/", forms.round_times, name="round_times"),
    path(
        "daily/forms/<int:form_id>/round/<int:round_id>/clear/",
        forms.round_times_clear,
        name="round_times_clear",
    ),
    path("daily/forms/<int:form_id>/columns/", forms.column_add, name="column_add"),
    path("daily/forms/<int:form_id>/checks/", forms.check_add, name="check_add"),
    path("daily/columns/<int:column_id>/", forms.column_page, name="column"),
    path("daily/columns/<int:column_id>/retire/", forms.column_retire, name="column_retire"),
    path("daily/checks/<int:check_id>/remove/", forms.check_remove, name="check_remove"),
    path("daily/cutoffs/<int:cutoff_id>/move/", forms.cutoff_move, name="cutoff_move"),
]
