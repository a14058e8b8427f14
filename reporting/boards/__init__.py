"""What people look at: the overview, the wall and the pulse that keeps them moving."""
