"""The whole policy on one screen: which role may do what, and where it can be posted.

A permission says *what*; the posting's division says *where*. Both travel in `core.scope.Scope`.
A role that is not here does not exist yet: it comes with the pages that need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    SEE_DIVISIONS = "see_divisions"
    MANAGE_DIVISIONS = "manage_divisions"
    SEE_REGISTER = "see_register"  # residents, masked
    IMPORT_REGISTER = "import_register"
    UNMASK_RESIDENT = "unmask_resident"  # a logged act with a reason
    DECIDE_EXEMPTION = "decide_exemption"
    SEE_ROUNDS = "see_rounds"
    PLAN_ROUND = "plan_round"
    APPROVE_ROUND = "approve_round"  # start, extend and close a round
    SEE_BOARD = "see_board"  # the overview of a round
    SEE_STREET = "see_street"  # one street's panels
    SEE_MAP = "see_map"
    ARRANGE_MAP = "arrange_map"
    SEE_WALL = "see_wall"  # the wallboard
    MANAGE_WALL_LINKS = "manage_wall_links"
    SEE_CONFLICTS = "see_conflicts"
    DECIDE_CONFLICT = "decide_conflict"
    SEE_POINTS = "see_points"
    MANAGE_POINTS = "manage_points"  # set up points and their units
    MANAGE_UNITS = "manage_units"  # open, pause, close a point or a unit
    REPORT_QUEUE = "report_queue"
    CALL_UP = "call_up"  # call buildings to their point
    ENTER_TALLY = "enter_tally"
    CAPTURE = "capture"  # devices only: no person holds it
    ENROL_DEVICE = "enrol_device"
    REVOKE_DEVICE = "revoke_device"
    EXPORT_PROGRESS = "export_progress"
    SEE_REPORTS = "see_reports"  # daily numbers of one's area; unaccepted ones marked
    FILL_REPORT = "fill_report"  # confirm or override the cells of one's area
    IMPORT_REPORT = "import_report"  # bring numbers in from a sheet; who submits is another matter
    SUBMIT_REPORT = "submit_report"  # answer for a whole street
    REVIEW_REPORT = "review_report"  # accept or return what streets submitted
    UNLOCK_REPORT = "unlock_report"  # let a locked report be corrected: never one's own request
    MANAGE_REPORT_FORMS = "manage_report_forms"
    SEE_ALERTS = "see_alerts"
    HANDLE_ALERT = "handle_alert"  # acknowledge, snooze, close
    MANAGE_ALERT_RULES = "manage_alert_rules"
    SEE_LOG = "see_log"
    WRITE_LOG = "write_log"
    PROMOTE_EVENT = "promote_event"  # from the activity log to the major events
    SEE_MATTERS = "see_matters"
    RAISE_MATTER = "raise_matter"  # one report per matter, at once (S075)
    HANDLE_MATTER = "handle_matter"  # assign, decide, close
    SEE_STAFF = "see_staff"  # people, teams, training of one's area, masked
    MANAGE_STAFF = "manage_staff"  # lists, teams, secondments, task forces, their import
    UNVEIL_STAFF = "unveil_staff"  # a name and telephone in full: a logged act with a reason
    TRAIN = "train"  # courses, marks, qualifications
    SEE_DUTY = "see_duty"  # rosters and what is missing
    ROSTER = "roster"  # state needs, book people of one's area, note who is on site
    SEE_DISPATCH = "see_dispatch"  # the dispatch board, orders, vehicles
    DISPATCH = "dispatch"  # order people, teams and vehicles anywhere in the district
    MANAGE_VEHICLES = "manage_vehicles"
    SEE_VISITS = "see_visits"  # people who cannot come, masked
    RAISE_VISIT = "raise_visit"
    PLAN_VISITS = "plan_visits"  # merge, give to a team or car, decide on a refusal
    OWN_DUTY = "own_duty"  # one's own duties, orders, trips, visits, and nobody else's
    SEE_SITUATION = "see_situation"  # situation reports, drafts too
    WRITE_SITUATION = "write_situation"
    APPROVE_SITUATION = "approve_situation"  # never one that one has written
    SEE_OUTLETS = "see_outlets"  # what leaves the house, to whom, and what became of it
    MANAGE_OUTLETS = "manage_outlets"  # superiors, schedules, workbooks, deliveries
    MANAGE_CLIENTS = "manage_clients"  # machine clients and their keys
    GRANT_PERSONS = "grant_persons"  # second person for a client or export that names people
    EXPORT_ROWS = "export_rows"  # files of many rows, without people
    EXPORT_PERSONS = "export_persons"  # files of people, masked: two persons
    SEE_AUDIT = "see_audit"
    MANAGE_USERS = "manage_users"


class Role(models.TextChoices):
    COMMANDER = "commander", _("commander")
    DISPATCHER = "dispatcher", _("dispatcher")
    PLANNER = "planner", _("planner")
    STREET_OFFICIAL = "street_official", _("street official")
    COMMUNITY_WORKER = "community_worker", _("community worker")
    POINT_LEAD = "point_lead", _("point lead")
    REGISTRAR = "registrar", _("registrar")
    DRIVER = "driver", _("driver")
    FIELD_STAFF = "field_staff", _("field staff")
    TRAINER = "trainer", _("trainer")
    AUDITOR = "auditor", _("auditor")
    REPORTING_OFFICER = "reporting_officer", _("reporting officer")
    ADMINISTRATOR = "administrator", _("administrator")


@dataclass(frozen=True)
class Policy:
    """What a role may do, and the levels of division at which a person can hold it."""

    levels: frozenset[str]
    permissions: frozenset[Permission]


P = Permission
DISTRICT, STREET, COMMUNITY = "district", "street", "community"
READ = {P.SEE_BOARD, P.SEE_STREET, P.SEE_MAP}
LOOK = {P.SEE_STAFF, P.SEE_DUTY, P.SEE_DISPATCH, P.SEE_VISITS}
WATCH = {P.SEE_ALERTS, P.SEE_LOG, P.WRITE_LOG, P.SEE_MATTERS}


def _may(levels: set[str], *permissions: Permission) -> Policy:
    return Policy(frozenset(levels), frozenset(permissions))


# Ordered from the widest reach to the narrowest: a person of several roles starts as the first.
POLICY: dict[Role, Policy] = {
    # Reads all, orders, approves. What a planner sets up, another person approves.
    Role.COMMANDER: _may(
        {DISTRICT}, *READ, P.SEE_WALL, P.MANAGE_WALL_LINKS, P.SEE_CONFLICTS, P.DECIDE_CONFLICT,
        P.EXPORT_PROGRESS, P.SEE_DIVISIONS, P.SEE_ROUNDS, P.APPROVE_ROUND, P.SEE_POINTS,
        P.SEE_REPORTS, P.UNLOCK_REPORT, *WATCH, P.HANDLE_ALERT, P.MANAGE_ALERT_RULES,
        P.PROMOTE_EVENT, P.HANDLE_MATTER, *LOOK, P.DISPATCH, P.OWN_DUTY,
        P.SEE_SITUATION, P.APPROVE_SITUATION, P.SEE_OUTLETS, P.GRANT_PERSONS, P.EXPORT_ROWS,
    ),
    Role.DISPATCHER: _may(
        {DISTRICT}, *READ, P.SEE_WALL, P.SEE_CONFLICTS, P.SEE_ROUNDS, P.SEE_POINTS, P.MANAGE_UNITS,
        P.SEE_REPORTS, *WATCH, P.HANDLE_ALERT, P.RAISE_MATTER, P.HANDLE_MATTER,
        *LOOK, P.MANAGE_STAFF, P.UNVEIL_STAFF, P.ROSTER, P.DISPATCH, P.MANAGE_VEHICLES,
        P.RAISE_VISIT, P.PLAN_VISITS, P.OWN_DUTY, P.SEE_SITUATION,
    ),
    Role.PLANNER: _may(
        {DISTRICT}, *READ, P.SEE_DIVISIONS, P.MANAGE_DIVISIONS, P.SEE_REGISTER, P.IMPORT_REGISTER,
        P.DECIDE_EXEMPTION, P.SEE_ROUNDS, P.PLAN_ROUND, P.SEE_POINTS, P.MANAGE_POINTS,
        P.MANAGE_UNITS,
        P.ENROL_DEVICE, P.REVOKE_DEVICE, P.ARRANGE_MAP, P.EXPORT_PROGRESS,
        P.SEE_REPORTS, *WATCH, *LOOK, P.MANAGE_STAFF, P.ROSTER, P.RAISE_VISIT, P.OWN_DUTY,
        P.SEE_SITUATION, P.EXPORT_ROWS, P.EXPORT_PERSONS,
    ),
    # Reviews what streets submit, so never posted at a street: that is the street official.
    Role.REPORTING_OFFICER: _may(
        {DISTRICT}, *READ, P.SEE_CONFLICTS, P.EXPORT_PROGRESS, P.SEE_REPORTS, P.IMPORT_REPORT,
        P.REVIEW_REPORT, P.UNLOCK_REPORT, P.MANAGE_REPORT_FORMS, *WATCH, P.MANAGE_ALERT_RULES,
        P.PROMOTE_EVENT, P.SEE_SITUATION, P.WRITE_SITUATION, P.APPROVE_SITUATION, P.SEE_OUTLETS,
        P.MANAGE_OUTLETS, P.MANAGE_CLIENTS, P.EXPORT_ROWS,
    ),
    Role.AUDITOR: _may(
        {DISTRICT}, *READ, P.SEE_DIVISIONS, P.SEE_ROUNDS, P.SEE_POINTS, P.SEE_CONFLICTS,
        P.SEE_AUDIT, P.SEE_REPORTS, P.SEE_ALERTS, P.SEE_LOG, P.SEE_MATTERS, *LOOK,
        P.SEE_SITUATION, P.SEE_OUTLETS,
    ),
    Role.STREET_OFFICIAL: _may(
        {STREET}, *READ, P.SEE_DIVISIONS, P.SEE_REGISTER, P.UNMASK_RESIDENT, P.DECIDE_EXEMPTION,
        P.SEE_POINTS, P.MANAGE_POINTS, P.MANAGE_UNITS, P.REPORT_QUEUE, P.CALL_UP,
        P.SEE_CONFLICTS, P.DECIDE_CONFLICT, P.ENTER_TALLY, P.ENROL_DEVICE, P.REVOKE_DEVICE,
        P.EXPORT_PROGRESS, P.SEE_REPORTS, P.FILL_REPORT, P.IMPORT_REPORT, P.SUBMIT_REPORT, *WATCH,
        P.HANDLE_ALERT, P.RAISE_MATTER, P.HANDLE_MATTER,
        *LOOK, P.MANAGE_STAFF, P.UNVEIL_STAFF, P.ROSTER, P.RAISE_VISIT, P.PLAN_VISITS, P.OWN_DUTY,
    ),
    Role.POINT_LEAD: _may(
        {STREET}, P.SEE_STREET, P.SEE_CONFLICTS, P.SEE_POINTS, P.MANAGE_UNITS, P.REPORT_QUEUE,
        P.CALL_UP, P.ENTER_TALLY, P.ENROL_DEVICE, P.REVOKE_DEVICE, P.SEE_ALERTS, P.SEE_MATTERS,
        P.RAISE_MATTER, P.SEE_DUTY, P.ROSTER, P.OWN_DUTY,
    ),
    Role.COMMUNITY_WORKER: _may(
        {COMMUNITY}, P.SEE_BOARD, P.SEE_REGISTER, P.SEE_POINTS, P.CALL_UP, P.SEE_REPORTS,
        P.FILL_REPORT, P.SEE_MATTERS, P.RAISE_MATTER, P.SEE_VISITS, P.RAISE_VISIT, P.OWN_DUTY,
    ),
    # A registrar works through the device of a unit; the account only enters paper tallies.
    Role.REGISTRAR: _may({STREET, COMMUNITY}, P.ENTER_TALLY, P.OWN_DUTY),
    # They see what they themselves are booked for. Rows of their area are not theirs to read.
    Role.DRIVER: _may({DISTRICT, STREET}, P.OWN_DUTY),
    Role.FIELD_STAFF: _may({DISTRICT, STREET, COMMUNITY}, P.OWN_DUTY),
    Role.TRAINER: _may({DISTRICT, STREET}, P.SEE_STAFF, P.TRAIN, P.OWN_DUTY),
    # Runs accounts, devices and the tree of divisions, and sees no figures: separate duties.
    Role.ADMINISTRATOR: _may(
        {DISTRICT}, P.ENROL_DEVICE, P.REVOKE_DEVICE, P.MANAGE_USERS, P.SEE_DIVISIONS,
        P.MANAGE_DIVISIONS, P.SEE_OUTLETS, P.MANAGE_CLIENTS,
    ),
}  # fmt: skip

# What a device token and a wall's link carry; neither is a person.
DEVICE_PERMISSIONS = frozenset({P.CAPTURE, P.ENTER_TALLY})
WALL_PERMISSIONS = frozenset({P.SEE_WALL})


def rank(role: str) -> int:
    """Position of a role from the widest reach (0) to the narrowest."""
    return list(POLICY).index(Role(role))
