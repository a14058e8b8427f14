"""What needs somebody now: rules and alerts, matters, the activity log and major events."""
