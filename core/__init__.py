"""The small kernel every room stands on; it imports no room of ours."""
