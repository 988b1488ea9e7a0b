"""What the product does when something breaks: F1 to F20 of docs/reliability.md, on real processes and servers.

`make test` runs a short form on SQLite, `make check` the quick ones on both databases, `make faults` all at full size.
"""
