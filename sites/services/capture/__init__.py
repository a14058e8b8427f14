"""Capture of device events: read (items), decide and write in one transaction (accept).

items   the shape of each kind of event; one bad item refuses itself and nobody else
batch   the state of one transaction: verdicts, marks, what became known
tubes   tubes opened, sealed, voided; swabs moved or voided
swabs   people added to tubes, and their coverage
pending events that wait for their tube, swab or person
accept  the transaction, its retries, its audit row
"""

from sites.services.capture.accept import MAX_ITEMS, accept_batch, sweep_pending
from sites.services.capture.batch import Origin, Verdict

__all__ = ["MAX_ITEMS", "Origin", "Verdict", "accept_batch", "sweep_pending"]
