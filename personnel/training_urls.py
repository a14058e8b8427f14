"""Addresses of courses, qualifications and readiness floors."""

from __future__ import annotations

from django.urls import URLPattern, path

from personnel.views import qualifications, readiness, training

app_name = "training"
urlpatterns: list[URLPattern] = [
    path("training/", training.courses_page, name="courses"),
    path("training/new/", training.course_add, name="course_add"),
    path("training/<int:course_id>/", training.course_page, name="course"),
    path("training/<int:course_id>/change/", training.course_change, name="course_change"),
    path("training/<int:course_id>/find/", training.course_find, name="course_find"),
    path("training/<int:course_id>/people/", training.course_people, name="course_people"),
    path("training/<int:course_id>/marks/", training.course_marks, name="course_marks"),
    path(
        "training/people/<int:attendance_id>/remove/",
        training.attendance_remove,
        name="attendance_remove",
    ),
    path("training/valid/", qualifications.expiring_page, name="expiring"),
    path(
        "training/valid/<int:qualification_id>/withdraw/",
        qualifications.qualification_withdraw,
        name="withdraw",
    ),
    path("training/floors/", readiness.floors_page, name="floors"),
    path("training/floors/<int:floor_id>/change/", readiness.floor_change, name="floor_change"),
    path("training/floors/state/<int:street_id>/", readiness.floor_state, name="floor_state"),
]
