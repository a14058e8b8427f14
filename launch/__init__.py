"""What `./dev` runs: embedded servers, generated secrets, and a supervisor of child processes.

Standalone on purpose: the standard library, plus psycopg to make roles. No Django in here, so
that a broken checkout can still be started, stopped and looked at.
"""
