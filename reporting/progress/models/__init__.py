from reporting.progress.models.cells import Cell, Key, Total
from reporting.progress.models.snapshots import Snapshot, SnapshotTotal
from reporting.progress.models.state import DriftFinding, Heartbeat, RoundVersion

__all__ = [
    "Cell",
    "DriftFinding",
    "Heartbeat",
    "Key",
    "RoundVersion",
    "Snapshot",
    "SnapshotTotal",
    "Total",
]
