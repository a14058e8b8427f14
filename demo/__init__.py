"""A real round to look at: Beibei district, 4-5 November 2021, with invented people."""
