"""Capture of device events: read (items), decide and write in one transaction (accept).

items    the shape of each kind of event; one bad item refuses itself and nobody else
delivery what one request brought, and the verdicts that go back
batch    the state of one transaction: verdicts, marks, what became known
tubes    tubes opened, sealed, voided; swabs moved or voided
swabs    people added to tubes, and their coverage
pending  events that wait for their tube, swab or person
accept   the transaction, its retries, its audit rows
together requests of one moment in one transaction
"""

from sites.services.capture.accept import accept_batch, sweep_pending
from sites.services.capture.batch import Origin, Verdict
from sites.services.capture.delivery import MAX_ITEMS
from sites.services.capture.together import accept_together

__all__ = ["MAX_ITEMS", "Origin", "Verdict", "accept_batch", "accept_together", "sweep_pending"]
