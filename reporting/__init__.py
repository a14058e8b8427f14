"""HOW FAR the round is: progress cells, boards and outlets, in closets that import leftwards."""
