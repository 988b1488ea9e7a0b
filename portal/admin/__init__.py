"""Everything about people in the Settings area: contacts, accounts, users, and how customers come in."""

from portal.admin import accounts, addresses, contacts, invitations, redemptions, users, web_roles

__all__ = ["accounts", "addresses", "contacts", "invitations", "redemptions", "users", "web_roles"]
