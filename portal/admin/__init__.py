"""The portal's pages and buttons in the Settings area."""

from portal.admin import see_as

__all__ = ["see_as"]
