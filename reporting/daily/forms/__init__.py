"""What reviewers and those who run report forms type."""
