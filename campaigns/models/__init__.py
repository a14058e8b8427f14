from campaigns.models.campaigns import Campaign, Round
from campaigns.models.divisions import Division
from campaigns.models.groups import ExemptionRule, PopulationGroup
from campaigns.models.intake import (
    Contradiction,
    RegisterChunk,
    RegisterSource,
    ResidentBefore,
)
from campaigns.models.lifecycle import (
    ChecklistItem,
    NormSetting,
    RoundArea,
    RoundExtension,
    RoundStateChange,
)
from campaigns.models.marks import Mark
from campaigns.models.register import Exemption, RegisterCount, Resident, Unmasking
from campaigns.models.rehoming import Rehoming
from campaigns.models.targets import Deadline, RiskZone, RoundTarget, TargetGroup, TargetVersion

__all__ = [
    "Campaign",
    "ChecklistItem",
    "Contradiction",
    "Deadline",
    "Division",
    "Exemption",
    "ExemptionRule",
    "Mark",
    "NormSetting",
    "PopulationGroup",
    "RegisterChunk",
    "RegisterCount",
    "RegisterSource",
    "Rehoming",
    "Resident",
    "ResidentBefore",
    "RiskZone",
    "Round",
    "RoundArea",
    "RoundExtension",
    "RoundStateChange",
    "RoundTarget",
    "TargetGroup",
    "TargetVersion",
    "Unmasking",
]
