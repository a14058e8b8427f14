from personnel.models.attempts import Attempt
from personnel.models.devices import Device
from personnel.models.postings import Posting
from personnel.models.users import User
from personnel.models.walls import WallLink

__all__ = ["Attempt", "Device", "Posting", "User", "WallLink"]
