from campaigns.models.campaigns import Campaign, Round
from campaigns.models.divisions import Division
from campaigns.models.marks import Mark
from campaigns.models.register import Exemption, Resident
from campaigns.models.targets import Deadline, RiskZone, RoundTarget, TargetVersion

__all__ = [
    "Campaign",
    "Deadline",
    "Division",
    "Exemption",
    "Mark",
    "Resident",
    "RiskZone",
    "Round",
    "RoundTarget",
    "TargetVersion",
]
