from personnel.models.attempts import Attempt
from personnel.models.devices import Device
from personnel.models.duty import (
    Duty,
    DutyPlace,
    DutyState,
    PatchAssignment,
    Shift,
    TeamDuty,
    TeamPlace,
)
from personnel.models.organisations import (
    DutyRole,
    Organisation,
    QualificationKind,
    SourceCategory,
    StaffingNorm,
)
from personnel.models.people import (
    Secondment,
    StaffMember,
    SupportTeam,
    TaskForce,
    Unveiling,
)
from personnel.models.postings import Posting
from personnel.models.training import (
    Attendance,
    Course,
    Qualification,
    ReadinessCount,
    ReadinessFloor,
)
from personnel.models.users import User
from personnel.models.walls import WallLink

__all__ = [
    "Attempt",
    "Attendance",
    "Course",
    "Device",
    "Duty",
    "DutyPlace",
    "DutyRole",
    "DutyState",
    "Organisation",
    "PatchAssignment",
    "Posting",
    "Qualification",
    "QualificationKind",
    "ReadinessCount",
    "ReadinessFloor",
    "Secondment",
    "Shift",
    "SourceCategory",
    "StaffMember",
    "StaffingNorm",
    "SupportTeam",
    "TaskForce",
    "TeamDuty",
    "TeamPlace",
    "Unveiling",
    "User",
    "WallLink",
]
