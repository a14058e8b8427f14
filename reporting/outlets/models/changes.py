"""The change feed: one row for each thing that leaves the house and may have changed, and in which
transaction. Rows are written by triggers on the tables that the API shows; see decision 0030."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.scope import ScopedQuerySet


class Change(models.Model):
    """Something changed about `key` of `stream`, as far as it concerns one area.

    A row says that, never what: readers look at the thing itself. `area` is a street, or 0 for the
    district as a whole; a thing that moves has a row in each. `via` names the source row where that
    is another than the thing (a duty, of a shift): so each row here is written only by who holds
    its source row, and two writers never wait for each other because of it.
    """

    scope_lookups = {"district": "district_id", "street": "area"}

    pk = models.CompositePrimaryKey("stream", "key", "area", "via")
    stream = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    area = models.IntegerField()
    via = models.CharField(max_length=20, blank=True)
    district_id = models.IntegerField()
    round_id = models.IntegerField(null=True)
    # The thing was deleted, or has left this area.
    deleted = models.BooleanField()
    # Real time of the note. The order of the feed is (xid, seq), not this.
    at = models.DateTimeField()
    xid = models.BigIntegerField()
    seq = models.BigIntegerField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["stream", "xid", "seq"], name="change_in_order")]

    def __str__(self) -> str:
        return f"{self.stream} {self.key}"


class Feed(models.Model):
    """One row: the database (cluster, timeline, object id) whose transactions the feed counts.

    Transaction numbers mean nothing in another one, so a restored feed is numbered anew.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    incarnation = models.CharField(max_length=80)
    renewed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="feed_one_row")]

    def __str__(self) -> str:
        return self.incarnation
