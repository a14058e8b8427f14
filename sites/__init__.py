"""WHERE people are sampled: points, units, tubes, swabs, tallies and what could not be settled."""
