"""What leaves the house: the read-only API for higher levels."""
