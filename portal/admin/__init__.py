"""Contacts, accounts, users, how customers come in, and the portal's settings, in the Settings area."""

from portal.admin import (
    accounts,
    contacts,
    invitations,
    invited_addresses,
    portal_settings,
    redemptions,
    users,
    web_roles,
)

__all__ = [
    "accounts",
    "contacts",
    "invitations",
    "invited_addresses",
    "portal_settings",
    "redemptions",
    "users",
    "web_roles",
]
