"""How much of a file is read at all (rule R7). Larger tables go through a bulk lane."""

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
"""Counted while unpacking: what a zip says about itself is not believed."""
MAX_ZIP_ENTRIES = 200
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELL_CHARACTERS = 32_767
"""What Excel itself allows in a cell."""
LINES_ABOVE_HEADER = 10
"""A sheet may carry a title and remarks above its header."""

BLANK_ROWS, BLANK_COLUMNS, BLANK_CELLS = 400, 60, 8_000
"""What of an empty form is shown and filled."""

CHILD_MEMORY_BYTES = 512 * 1024 * 1024
CHILD_CPU_SECONDS = 20
CHILD_WALL_SECONDS = 40
CHILDREN_AT_ONCE = 2
"""In one web process; who comes third waits, and is asked to come again after a while."""
WAIT_FOR_CHILD_SECONDS = 15
EXACT_DIGITS = 15
"""Spreadsheets keep no more digits of a number than these."""
