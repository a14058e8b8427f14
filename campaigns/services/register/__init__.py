"""The bulk lane of the register: a CSV file of a million people as a job in the background.

uploads   the file comes in slices, each stored encrypted; a run may be left and resumed
reading   slices -> records of text: encoding, separator, header
rows      a record -> a person to be staged, or the reasons why not
staging   the worker's own table of staged people, filled by COPY
checking  the job that reads, stages and counts; nothing is written to the register
figures   new / changed / same, moved homes and contradictions, all by statements over the stage
applying  one transaction that writes the register, or nothing
undoing   one transaction that takes it back within a day
jobs      which run is worked on next; one at a time, harmless to start again
tallies   the kept counts of the register
"""
