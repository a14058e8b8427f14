from sites.models.coverage import Coverage, OffRegisterPerson
from sites.models.points import SamplingPoint, SamplingUnit, UnitStateChange
from sites.models.swabs import Swab
from sites.models.tallies import Tally
from sites.models.tubes import Tube, TubeCode, TubeEvent
from sites.models.worklist import Conflict, PendingEvent

__all__ = [
    "Conflict",
    "Coverage",
    "OffRegisterPerson",
    "PendingEvent",
    "SamplingPoint",
    "SamplingUnit",
    "Swab",
    "Tally",
    "Tube",
    "TubeCode",
    "TubeEvent",
    "UnitStateChange",
]
