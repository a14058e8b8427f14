"""The figures of the plan against facts, roll-ups, page and API."""

from __future__ import annotations

import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from demo import expected, officials, places, roundplan, situation, staffed
from demo.scenario import Scenario

#: (division code, figure) -> value
Values = dict[tuple[str, str], int]

NEEDED_ON_PAGE = {
    "district": {"target", "persons", "swabs", "tubes", "off_register_persons"},
    "street": {"target", "persons", "swabs"},
}
_TAG = re.compile(r'<[^>]*data-figure="[^"]*"[^>]*>')
_ATTRIBUTE = re.compile(r'data-([a-z]+)="([^"]*)"')

FACTS = """
    SELECT d.code, 'swabs', count(*) FROM sites_swab s JOIN campaigns_division d
      ON d.id = s.street_id WHERE s.round_id = %(round)s AND s.valid GROUP BY 1
    UNION ALL SELECT d.code, 'voided', count(*) FROM sites_swab s JOIN campaigns_division d
      ON d.id = s.street_id WHERE s.round_id = %(round)s AND NOT s.valid GROUP BY 1
    UNION ALL SELECT d.code, 'tubes', count(*) FROM sites_tube t JOIN campaigns_division d
      ON d.id = t.street_id WHERE t.round_id = %(round)s AND t.voided_at IS NULL GROUP BY 1
    UNION ALL SELECT d.code, CASE c.standing WHEN 'target' THEN 'persons'
        ELSE c.standing || '_persons' END, count(*) FROM sites_coverage c
      JOIN campaigns_division d ON d.id = c.street_id
      WHERE c.round_id = %(round)s AND c.first_at IS NOT NULL GROUP BY 1, 2
    UNION ALL SELECT d.code, 'tallied', sum(t.swabs) FROM sites_tally t
      JOIN campaigns_division d ON d.id = t.street_id
      WHERE t.round_id = %(round)s AND t.superseded_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM sites_swab s WHERE s.round_id = t.round_id AND s.unit_id = t.unit_id
          AND s.valid AND s.at >= t.quarter AND s.at < t.quarter + interval '15 minutes')
      GROUP BY 1"""
FROZEN = """
    SELECT d.code, f.name, f.value FROM (
      SELECT t.street_id, sum(t.target) AS target, sum(t.exempt) AS exempt
      FROM campaigns_roundtarget t JOIN campaigns_targetversion v ON v.id = t.version_id
      WHERE t.round_id = %(round)s AND v.is_current GROUP BY 1) s
    JOIN campaigns_division d ON d.id = s.street_id
    CROSS JOIN LATERAL (VALUES ('target', s.target), ('exempt', s.exempt)) AS f(name, value)"""


class Report:
    """What was compared, and what differed."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}
        self.faults: list[str] = []
        self.drift = 0

    def check(self, place: str, wanted: Values, found: Mapping[tuple[str, str], int]) -> None:
        """Compare every wanted figure; one that is missing differs."""
        tally = self.counts.setdefault(place, [0, 0])
        for (code, name), value in sorted(wanted.items()):
            tally[0] += 1
            if found.get((code, name)) != value:
                tally[1] += 1
                got = found.get((code, name), "nothing")
                self.faults.append(f"{place}: {name} of {code} should be {value}, is {got}")

    def fault(self, counted: Counter[str], words: str) -> None:
        """Note something that must not have happened at all."""
        if counted:
            self.faults.append(f"{words}: {dict(counted)}")

    def summary(self) -> str:
        """One line: figures compared / figures that differ, and the drift an audit found."""
        parts = [f"{place}={all_}/{bad}" for place, (all_, bad) in self.counts.items()]
        return " ".join([*parts, f"drift={self.drift}"])


def everything(plan: Scenario, state: dict[str, Any], url: str) -> Report:
    """Compare at the end, as known at 18:00, and audit the roll-ups."""
    report = Report()
    wanted = _wanted(plan)
    known: Values = {
        (c, "swabs"): n for c, n in expected.known_swabs(plan, expected.KNOWN_AT).items()
    }
    known[expected.DISTRICT, "swabs"] = sum(known.values())
    rolled = {key: v for key, v in wanted.items() if key[1] not in {"target", "exempt"}}
    facts = _facts(state["round"])
    report.check("facts", _counted(wanted), facts)
    rollups = _rollups(state["round"])
    report.check("rollups", _counted(rolled), rollups)
    report.check("rollups", known, _snapshot(state["round"], roundplan.KNOWN_AT))
    _compare_over_http(report, wanted, known, state, url)
    report.check("reports", expected.reports(), _reports(state))
    report.check("dispatch", staffed.wanted(state), staffed.found(state))
    report.check("bulletin", situation.wanted(plan, state), situation.found(state))
    report.drift = _audit(state["round"])
    if report.drift:
        report.faults.append(f"drift: {report.drift} cells differed from their facts")
    return report


def _compare_over_http(
    report: Report, wanted: Values, known: Values, state: dict[str, Any], url: str
) -> None:
    """Page and API; an error answer there is a fault of that place, not the end."""
    at_six = urllib.parse.urlencode({"as_of": roundplan.KNOWN_AT.isoformat()})
    api = f"{url}/api/v1/progress/?round={state['round']}"
    session = sign_in(url, state["username"], state["password"])
    for place, read, here in (("page", _figures_on, f"{url}/?"), ("api", _from_api, f"{api}&")):
        try:
            found = read(session, here.rstrip("?&"))
            due = _on_page(wanted, found) if place == "page" else _counted(wanted)
            report.check(place, due, found)
            report.check(place, known, read(session, here + at_six))
        except (urllib.error.URLError, LookupError, ValueError) as error:
            report.check(place, known, {})
            report.faults.append(f"{place}: {error!r}")


def _wanted(plan: Scenario) -> Values:
    out: Values = {}
    for code, row in expected.figures(plan).items():
        out |= {
            (code, "target"): row.target,
            (code, "exempt"): row.exempt,
            (code, "persons"): row.persons,
            (code, "exempt_persons"): row.exempt_sampled,
            (code, "outside_persons"): row.outside,
            (code, "off_register_persons"): row.off_register,
            (code, "swabs"): row.swabs,
            (code, "tubes"): row.tubes,
            (code, "voided"): row.voided,
            (code, "tallied"): row.tallied,
        }
    total = expected.figures(plan)[expected.DISTRICT]
    everybody = total.persons + total.exempt_sampled + total.outside + total.off_register
    out[expected.DISTRICT, "second_swabs"] = total.swabs - everybody
    return out


def _counted(wanted: Values) -> Values:
    """Without what only the page works out."""
    return {key: value for key, value in wanted.items() if key[1] != "second_swabs"}


def _summed(rows: list[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
    """Figures per street, and their sum as the district's; absent figures are 0."""
    out: Counter[tuple[str, str]] = Counter()
    for code, name, value in rows:
        out[code, name] += int(value)
        out[expected.DISTRICT, name] += int(value)
    return _Zero(out)


class _Zero(Counter):
    """A counter that answers `get` with 0 too: nobody there is a figure, not a gap."""

    def get(self, key: Any, default: Any = 0) -> Any:
        return self[key]


def _facts(round_id: int) -> Mapping[tuple[str, str], int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"round": round_id})
        rows = cursor.fetchall()
        cursor.execute(FROZEN, {"round": round_id})
        return _summed(rows + cursor.fetchall())


ROLLED = (
    *("persons", "exempt_persons", "outside_persons", "off_register_persons"),
    *("swabs", "tubes", "voided", "tallied"),
)


def _rollups(round_id: int) -> Mapping[tuple[str, str], int]:
    from reporting.progress.models import Total

    return _by_street(Total.objects.filter(round_id=round_id, kind="street"))


def _snapshot(round_id: int, at: datetime) -> Mapping[tuple[str, str], int]:
    from reporting.progress.models import SnapshotTotal

    rows = SnapshotTotal.objects.filter(snapshot__round_id=round_id, snapshot__as_of=at)
    return _by_street(rows.filter(kind="street"))


def _reports(state: dict[str, Any]) -> Values:
    """How the streets' daily reports stand: versions, the accepted one, late or not."""
    from reporting.daily.models import Report

    codes = {pk: code for code, pk in state["streets"].items()}
    found: Values = {}
    for each in Report.objects.filter(
        cutoff__form__code="daily", cutoff__as_of=officials.DAILY_AT
    ).select_related("cutoff"):
        late = each.first_submitted_at is not None and each.first_submitted_at > each.cutoff.due_at
        code = codes[each.street_id]
        found |= {
            (code, "versions"): each.version,
            (code, "accepted"): each.accepted_version or 0,
            (code, "late"): int(late),
        }
    return found


def _by_street(totals: Any) -> Mapping[tuple[str, str], int]:
    from campaigns.models import Division

    codes = dict(Division.objects.streets().values_list("pk", "code"))
    return _summed(
        [(codes[row["key_id"]], name, row[name]) for row in totals.values("key_id", *ROLLED)
         for name in ROLLED]
    )  # fmt: skip


def _audit(round_id: int) -> int:
    """Audit every street once more; all findings of the whole run."""
    from campaigns.models import Division
    from core import clock
    from reporting.progress.models import DriftFinding
    from reporting.progress.services.audit import audit_street

    for street_id in Division.objects.streets().values_list("pk", flat=True):
        audit_street(round_id, street_id, by="demo:selfcheck", at=clock.now())
    return DriftFinding.objects.filter(round_id=round_id).count()


def wait_until_counted(patience: float) -> None:
    """Wait until no mark and no pending event waits."""
    from campaigns.models import Mark
    from sites.models import PendingEvent

    wait_until(lambda: not Mark.objects.exists() and not PendingEvent.objects.exists(), patience)


def wait_for_snapshot(round_id: int, at: datetime, patience: float) -> None:
    """Wait until the totals of this quarter hour have been kept."""
    from reporting.progress.models import Snapshot

    wait_until(Snapshot.objects.filter(round_id=round_id, as_of=at).exists, patience)


def wait_until(done: Callable[[], bool], patience: float) -> None:
    """Try until it is done; ends the run where it is not within so many seconds."""
    until = time.monotonic() + patience
    while not done():
        if time.monotonic() > until:
            raise SystemExit("waited in vain: is the worker running?")
        time.sleep(0.1)


def sign_in(url: str, username: str, password: str) -> urllib.request.OpenerDirector:
    """Sign in through the page like anybody; an opener that carries the session."""
    session = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        urllib.request.ProxyHandler({}),
    )
    with session.open(f"{url}/sign-in/") as answer:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    assert token, "the sign-in page has no form"
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token.group(1)}
    request = urllib.request.Request(  # noqa: S310 - our own server's address
        f"{url}/sign-in/", urllib.parse.urlencode(form).encode(), {"Referer": f"{url}/sign-in/"}
    )
    try:
        session.open(request).close()
    except urllib.error.HTTPError as error:
        if error.code < 500:
            raise  # a page that fails after the sign-in is the comparison's to report
    return session


def _figures_on(session: urllib.request.OpenerDirector, url: str) -> Values:
    """Every marked figure of a page; one that stands there twice must be equal both times."""
    with session.open(url) as answer:
        html = answer.read().decode()
    out: Values = {}
    for tag in _TAG.findall(html):
        marked = dict(_ATTRIBUTE.findall(tag))
        if not marked["value"]:
            continue
        key = (marked["key"], marked["figure"])
        value = int(marked["value"])
        if out.setdefault(key, value) != value:
            out[key] = -1
    return out


def _on_page(wanted: Values, page: Values) -> Values:
    """What the page shows of the wanted figures, and what it must show in any case."""
    needed = {
        (code, name)
        for code in (expected.DISTRICT, *places.ROUND_STREETS)
        for name in NEEDED_ON_PAGE["district" if code == expected.DISTRICT else "street"]
    }
    return {key: value for key, value in wanted.items() if key in page or key in needed}


def _from_api(session: urllib.request.OpenerDirector, url: str) -> Values:
    """The figures of the district and of its streets, as machine clients read them."""
    out: Values = {}
    for level in ("district", "street"):
        with session.open(f"{url}&level={level}") as answer:
            read = json.load(answer)
        for row in read["areas"]:
            for name, value in row["figures"].items():
                if isinstance(value, int):
                    out[row["code"], name] = value
    return out
