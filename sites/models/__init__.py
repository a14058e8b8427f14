from sites.models.callup import BuildingCall, BuildingNotice
from sites.models.coverage import Coverage, OffRegisterPerson
from sites.models.points import SamplingPoint, SamplingUnit, UnitStateChange
from sites.models.setup import PointArea, PointCheck, PointStateChange, QueueReport, ReservedSite
from sites.models.swabs import Swab
from sites.models.tallies import Tally
from sites.models.tubes import Tube, TubeCode, TubeEvent
from sites.models.worklist import Conflict, PendingEvent

__all__ = [
    "BuildingCall",
    "BuildingNotice",
    "Conflict",
    "Coverage",
    "OffRegisterPerson",
    "PendingEvent",
    "PointArea",
    "PointCheck",
    "PointStateChange",
    "QueueReport",
    "ReservedSite",
    "SamplingPoint",
    "SamplingUnit",
    "Swab",
    "Tally",
    "Tube",
    "TubeCode",
    "TubeEvent",
    "UnitStateChange",
]
