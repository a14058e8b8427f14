from reporting.outlets.models.situation import (
    SituationFile,
    SituationOverride,
    SituationReport,
    SituationSchedule,
    SituationState,
    SituationStatement,
    SituationStep,
    SituationText,
)

__all__ = [
    "SituationFile",
    "SituationOverride",
    "SituationReport",
    "SituationSchedule",
    "SituationState",
    "SituationStatement",
    "SituationStep",
    "SituationText",
]
