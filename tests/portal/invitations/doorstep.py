"""Invitations, and the way in that a customer takes with one."""

from typing import Any

from django.test import Client

from fsportal.models import Account, Contact
from portal.models import Invitation, WebRole
from tests.factories import AccountFactory, ContactFactory

PASSWORD = "heron-lamp-47-quarry"


def sarah(**values: Any) -> Contact:
    """Return a contact with a name that is awkward to quote."""
    contact: Contact = ContactFactory(**{"name": "Sarah O'Brien", "email": "sarah@example.com", **values})
    return contact


def single(contact: Contact | None = None) -> Invitation:
    """Return a single invitation for a contact."""
    return Invitation.for_contact(contact or sarah(), by=None)


def group(account: Account | None = None, most: int = 10) -> Invitation:
    """Return a group invitation into an account."""
    account = account or AccountFactory(name="Riverside Apartments")
    invitation = Invitation.objects.create(type="group", account=account, max_redemptions=most)
    invitation.web_roles.add(WebRole.web_api_users())
    return invitation


def type_code(client: Client, code: str, **extra: Any) -> Any:
    """Type a code on the first page; returns the answer."""
    return client.post("/redeem/", {"code": code}, **extra)


def create_profile(client: Client, username: str = "sarah", password: str = PASSWORD, **extra: Any) -> Any:
    """Send the form that makes the profile; returns the answer."""
    return client.post("/invitation/profile/", {"username": username, "password": password}, **extra)


def press(client: Client, button: str, **data: str) -> Any:
    """Press a button of the invitation's page; returns the answer."""
    return client.post(f"/invitation/{button}/", data)


def words(answer: Any) -> str:
    """Return the page as one line."""
    return " ".join(answer.content.decode().split())
