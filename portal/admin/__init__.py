"""How customers come in, in the Settings area, one module per noun."""

from portal.admin import addresses, contacts, invitations, redemptions, see_as, web_roles

__all__ = ["addresses", "contacts", "invitations", "redemptions", "see_as", "web_roles"]
