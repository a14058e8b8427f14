"""What each right is in words, for the page that shows what a role sees."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from personnel.roles import Permission

P = Permission
# Groups in the order of a campaign: where, whom, how far, who works, what is reported.
GROUPS = (
    (
        _("Areas, rounds, points"),
        {
            P.SEE_DIVISIONS: _("sees areas"),
            P.MANAGE_DIVISIONS: _("changes areas"),
            P.SEE_ROUNDS: _("sees rounds"),
            P.PLAN_ROUND: _("plans rounds"),
            P.APPROVE_ROUND: _("starts, extends and closes rounds"),
            P.SEE_POINTS: _("sees points and units"),
            P.MANAGE_POINTS: _("sets up points and units"),
            P.MANAGE_UNITS: _("opens, pauses and closes points and units"),
            P.REPORT_QUEUE: _("reports queues"),
            P.CALL_UP: _("calls buildings to their point"),
            P.ARRANGE_MAP: _("arranges the map"),
        },
    ),
    (
        _("Residents"),
        {
            P.SEE_REGISTER: _("sees residents, masked"),
            P.IMPORT_REGISTER: _("imports the register"),
            P.UNMASK_RESIDENT: _("reads a resident in full, with a reason that is kept"),
            P.DECIDE_EXEMPTION: _("decides on exemptions"),
            P.SEE_VISITS: _("sees home visits, masked"),
            P.RAISE_VISIT: _("asks for home visits"),
            P.PLAN_VISITS: _("plans home visits"),
        },
    ),
    (
        _("Sampling"),
        {
            P.CAPTURE: _("registers people on a device"),
            P.ENTER_TALLY: _("enters paper tallies"),
            P.ENROL_DEVICE: _("enrols devices"),
            P.REVOKE_DEVICE: _("ends devices"),
            P.SEE_CONFLICTS: _("sees conflicts"),
            P.DECIDE_CONFLICT: _("decides conflicts"),
        },
    ),
    (
        _("Progress"),
        {
            P.SEE_BOARD: _("sees the overview"),
            P.SEE_STREET: _("sees a street's page"),
            P.SEE_MAP: _("sees the map"),
            P.SEE_WALL: _("sees the wall"),
            P.MANAGE_WALL_LINKS: _("makes links for walls"),
            P.EXPORT_PROGRESS: _("pulls figures of progress"),
        },
    ),
    (
        _("Alerts and log"),
        {
            P.SEE_ALERTS: _("sees alerts"),
            P.HANDLE_ALERT: _("handles alerts"),
            P.MANAGE_ALERT_RULES: _("changes the rules of alerts"),
            P.SEE_LOG: _("sees the log"),
            P.WRITE_LOG: _("writes the log"),
            P.PROMOTE_EVENT: _("chooses major events"),
            P.SEE_MATTERS: _("sees matters"),
            P.RAISE_MATTER: _("raises matters"),
            P.HANDLE_MATTER: _("handles matters"),
        },
    ),
    (
        _("Staff and vehicles"),
        {
            P.SEE_STAFF: _("sees staff, masked"),
            P.MANAGE_STAFF: _("keeps the list of staff"),
            P.UNVEIL_STAFF: _("reads a telephone in full, with a reason that is kept"),
            P.TRAIN: _("runs courses and qualifications"),
            P.SEE_DUTY: _("sees who is on duty"),
            P.ROSTER: _("puts people on duty"),
            P.SEE_DISPATCH: _("sees dispatch and vehicles"),
            P.DISPATCH: _("sends people and vehicles"),
            P.MANAGE_VEHICLES: _("keeps the list of vehicles"),
            P.OWN_DUTY: _("sees their own duty"),
        },
    ),
    (
        _("Reports and what leaves the house"),
        {
            P.SEE_REPORTS: _("sees daily numbers"),
            P.FILL_REPORT: _("fills in daily numbers"),
            P.IMPORT_REPORT: _("imports daily numbers"),
            P.SUBMIT_REPORT: _("submits a street's daily numbers"),
            P.REVIEW_REPORT: _("accepts or returns daily numbers"),
            P.UNLOCK_REPORT: _("unlocks a report that somebody else asked for"),
            P.MANAGE_REPORT_FORMS: _("changes report forms"),
            P.SEE_SITUATION: _("sees situation reports"),
            P.WRITE_SITUATION: _("writes situation reports"),
            P.APPROVE_SITUATION: _("approves situation reports of others"),
            P.SEE_OUTLETS: _("sees what leaves the house"),
            P.MANAGE_OUTLETS: _("runs superiors and their files"),
            P.MANAGE_CLIENTS: _("runs API clients"),
            P.GRANT_PERSONS: _("agrees, as second person, to rows of people"),
            P.EXPORT_ROWS: _("takes out files of many rows"),
            P.EXPORT_PERSONS: _("takes out files of people, masked, with a second person"),
        },
    ),
    (
        _("Accounts"),
        {
            P.SEE_AUDIT: _("reads the audit trail"),
            P.MANAGE_USERS: _("runs accounts"),
        },
    ),
)
