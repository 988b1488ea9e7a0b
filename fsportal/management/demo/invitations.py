"""The demo's invitations: one in each state, and a customer who redeemed one."""

import datetime as dt

from django.utils import timezone

from fsportal.models import Account, Contact, User
from portal.models import Invitation, InvitationType, Redemption, WebRole

DAY = dt.timedelta(days=1)


def build(accounts: dict[str, Account], users: dict[str, User]) -> None:
    if Invitation.objects.exists():
        return
    by = users["dispatcher"]
    _redeemed(users["customer"], by)
    _invite(accounts["green"], by)  # a draft
    _invite(accounts["newyork"], by).send(by=by)
    _invite(accounts["paris"], by).withdraw(by=by, why="Moved away (demo)")
    _expired(_invite(accounts["dubai"], by))
    _group(accounts["markup"], by)


def _invite(account: Account, by: User) -> Invitation:
    contact = account.primary_contact
    assert contact is not None  # of these accounts each has one
    return Invitation.for_contact(contact, by=by)


def _redeemed(customer: User, by: User) -> None:
    """Let the demo customer have redeemed an invitation, with its web role, as anybody does."""
    contact = Contact.objects.filter(portal_user=customer).first()
    if contact is None:
        return
    invitation = Invitation.for_contact(contact, by=by)
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now() - 2 * DAY)
    invitation.take_seat(timezone.now())
    redemption = Redemption.objects.create(invitation=invitation, contact=contact, user=customer, made_user=True)
    role = WebRole.web_api_users()
    if role.give(contact, by=None):
        redemption.web_roles.add(role)


def _expired(invitation: Invitation) -> None:
    # Only a demo may say when something happened.
    now = timezone.now()
    Invitation.objects.filter(pk=invitation.pk).update(created_at=now - 40 * DAY, expires_at=now - 10 * DAY)


def _group(account: Account, by: User) -> None:
    group = Invitation.objects.create(
        type=InvitationType.GROUP,
        account=account,
        inviter=by,
        max_redemptions=5,
        expires_at=timezone.now() + 60 * DAY,
    )
    group.contacts.set(account.contacts.all())
    group.web_roles.add(WebRole.web_api_users())
