"""How it moves: the room of vehicles, trips and hand-overs. Empty for now, its place is kept.

What will live here: vehicles and their pools, trips with their stops (medics, samples, pick-ups,
supplies), dispatch orders that people acknowledge, custody of boxes from unit to laboratory,
supplies and how fast they are used, medical waste, disinfection rounds. It may import `core`,
`campaigns`, `sites` and `personnel`; only `reporting` and what comes after may import it.
"""
