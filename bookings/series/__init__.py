"""Repeating visits: made ahead of time, changed from one on, and ended (docs/repeating.md)."""
