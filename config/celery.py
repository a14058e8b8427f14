"""The Celery app and the beat schedule.

A message is a doorbell: the work itself lies in PostgreSQL, so a lost, doubled or late message
costs time and never a figure. Redis may be flushed or killed at any moment.
"""

import os
from logging.config import dictConfig

from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.conf import settings
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("jinjian")
app.conf.update(
    broker_url=settings.REDIS_URL,
    # JSON only: pickle would run what a stranger wrote into Redis.
    accept_content=["json"],
    task_serializer="json",
    # Nobody waits for an answer; results are rows.
    task_ignore_result=True,
    result_backend=None,
    # Messages are doorbells, rung again within a second, so a lost one costs nothing. Taken late,
    # two acknowledgements that a frozen broker swallows would fill the worker's fetch window for
    # good, and it would take no further task.
    task_acks_late=False,
    task_reject_on_worker_lost=False,
    worker_prefetch_multiplier=0,
    # No soft limit: it must lie below the limits that tasks set for themselves.
    task_time_limit=60,
    worker_max_tasks_per_child=20_000,
    worker_soft_shutdown_timeout=5,
    # Pidbox gossip and task events are traffic that nobody reads here.
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    timezone="UTC",
    # The broker may start after us, and may come back after minutes.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A paused Redis must not hang a publisher: two seconds, one more try, then let it go; the
    # next tick or sweep rings again.
    broker_connection_timeout=2,
    task_publish_retry=True,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2},
    broker_transport_options={
        # Longer than any task. Unacked messages of a dead worker are looked for every 3 s, not
        # at kombu's own pace of about 100 s.
        "visibility_timeout": 75,
        "unacked_restore_interval": 3,
        "unacked_restore_throttle": 1,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    },
    beat_scheduler="celery.beat:PersistentScheduler",
    beat_schedule_filename=os.environ.get("BEAT_SCHEDULE", "var/run/beat-schedule"),
    beat_schedule={
        # Five times a second, because a commander's figure may be half a second old and no more.
        # A tick that waited a second is stale: its successors do the same work.
        "recount-tick": {
            "task": "progress.recount_marked",
            "schedule": 0.2,
            "options": {"expires": 1},
        },
        # Opens the reports that streets owe, and locks those whose time is over.
        "daily-keep-time": {
            "task": "daily.keep_time",
            "schedule": 2.0,
            "options": {"expires": 4},
        },
        # Drafts of situation reports open ahead of their cut-off, their figures are fixed at it,
        # and files of issued ones that are missing are rung for.
        "situation-keep-time": {
            "task": "situation.keep_time",
            "schedule": 2.0,
            "options": {"expires": 4},
        },
        # Asks whether a quarter hour of scenario time has ended; at 60 times real speed one ends
        # every 15 s.
        "snapshot": {
            "task": "progress.take_due_snapshots",
            "schedule": 1.0,
            "options": {"expires": 2},
        },
        # The rules of alerts. A run that waited longer is stale: the next one sees the same.
        "alerts": {
            "task": "alerts.evaluate",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        # Orders that nobody answered in time are passed on; orders follow who was seen on site. At
        # 60 times real speed the ten minutes for an answer are ten seconds.
        "follow-orders": {
            "task": "logistics.follow_orders",
            "schedule": 2.0,
            "options": {"expires": 4},
        },
        # One street after another is recounted from the facts and compared; drift must stay 0.
        "audit": {
            "task": "progress.audit_next_street",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        # Register files that wait to be checked, written or undone: one at a time, so that a
        # second worker process stays free for the recount.
        "register-jobs": {
            "task": "campaigns.work_register",
            "schedule": 2.0,
            "options": {"expires": 2},
        },
        "register-counts": {
            "task": "campaigns.count_register",
            "schedule": 600.0,
            "options": {"expires": 300},
        },
        # People covered already whose home or standing changed with the register or the target.
        "rehome": {
            "task": "sites.rehome",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        # Events whose tube or person came later than they did.
        "sweep-pending": {
            "task": "sites.sweep_pending",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        # What came in files is erased once its import cannot be undone any more.
        "sweep-imports": {
            "task": "core.sweep_imports",
            "schedule": 600.0,
            "options": {"expires": 300},
        },
        # Who home visits were for is erased some days after their round is closed.
        "purge-visits": {
            "task": "logistics.purge_visits",
            "schedule": 600.0,
            "options": {"expires": 300},
        },
        # People lent to a street whose time is over: their street is the old one again.
        "close-secondments": {
            "task": "personnel.close_secondments",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        # Files of many rows that wait to be written, one at a time like all long work; files whose
        # day is over are erased.
        "exports": {
            "task": "outlets.work_exports",
            "schedule": 2.0,
            "options": {"expires": 2},
        },
        # After a restore the change feed is numbered anew; until then its readers are told to wait.
        "keep-feed": {
            "task": "outlets.keep_feed",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        # Issues that superiors are owed: opened by the clock, made, given to delivery. At 60 times
        # real speed two hours are two minutes.
        "keep-outlets": {
            "task": "outlets.keep_outlets",
            "schedule": 3.0,
            "options": {"expires": 6},
        },
        # Messages to superiors' machines that are due.
        "push-waiting": {
            "task": "outlets.push_waiting",
            "schedule": 2.0,
            "options": {"expires": 4},
        },
        # Tokens and secrets of machine clients that ended, and what they pulled long ago.
        "sweep-clients": {
            "task": "outlets.sweep_clients",
            "schedule": 600.0,
            "options": {"expires": 300},
        },
        # Second swabs of a person without a reason, listed for a decision. Reads a round whole.
        "raise-duplicates": {
            "task": "sites.raise_duplicates",
            "schedule": 120.0,
            "options": {"expires": 60},
        },
    },
)
# The log lines of the settings, and not Celery's own with the values of a failed task in them.
setup_logging.connect(lambda **_signal: dictConfig(settings.LOGGING), weak=False)
# Celery's own Django support would close the connection before and after every task, and its
# prepared statements with it. Reuse it without end; what Django does before a request is done
# before a task instead: a connection that broke or grew old is replaced.
app.conf["CELERY_DB_REUSE_MAX"] = 2**31
task_prerun.connect(lambda **_signal: close_old_connections(), weak=False)
app.autodiscover_tasks()
