"""Addresses of this room's pages: dispatch."""

from __future__ import annotations

from django.urls import path

from logistics.views import (
    dispatch_assign,
    dispatch_board,
    dispatch_driver,
    dispatch_orders,
    dispatch_sheets,
)

app_name = "dispatch"
urlpatterns = [
    path("dispatch/", dispatch_board.board_page, name="board"),
    path("dispatch/assign/", dispatch_assign.assign_page, name="assign"),
    path("dispatch/list/", dispatch_orders.orders_page, name="orders"),
    path("dispatch/orders/<int:order_id>/", dispatch_orders.order_page, name="order"),
    path("dispatch/orders/<int:order_id>/step/", dispatch_orders.order_step, name="order_step"),
    path(
        "dispatch/orders/<int:order_id>/driver/", dispatch_driver.order_driver, name="order_driver"
    ),
    path("dispatch/orders/<int:order_id>/undo/", dispatch_orders.order_undo, name="order_undo"),
    path("dispatch/sheets/places/<int:place_id>/", dispatch_sheets.place_sheet, name="place_sheet"),
    path("dispatch/sheets/teams/<int:duty_id>/", dispatch_sheets.team_sheet, name="team_sheet"),
]
