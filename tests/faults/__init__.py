"""What the product does when something breaks: F1 to F19 of docs/reliability.md, on real processes and servers.

`make test` runs a short form on SQLite, `make check` also on PostgreSQL, `make faults` the full size on both.
"""
