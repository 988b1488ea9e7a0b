"""Redeeming an invitation: never more often than it allows, whatever races, and everything that it gives is recorded.

Each verb is one transaction that first takes a seat (`Invitation.take_seat`); if none is left, nothing is written.
"""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet

from fsportal.lib.text import one_line
from fsportal.models import AuditEntry, AuditKind, Contact, User
from portal.invitations import staff_cards
from portal.models import Invitation, Redemption, WebRole


class NameTaken(Exception):
    pass


class ContactTaken(Exception):
    """The contact has a portal profile of their own already."""


class AlreadyIn(Exception):
    """This user has redeemed this invitation before."""


@dataclass(frozen=True)
class Redeemer:
    """Who redeems, as far as it is known before anything is made.

    `is_proven` tells whether the email is theirs for certain: it is the invited contact's, or a one-time code reached
    them there. The email of a portal profile is what they once wrote.
    """

    name: str
    email: str
    language: str
    contact: Contact | None = None
    is_proven: bool = True


# --- Who it is ------------------------------------------------------------------------------------------------------
def invited(invitation: Invitation) -> Redeemer | None:
    """Return the contact of a single invitation, or None if the contact has been deleted meanwhile."""
    contact = invitation.contacts.select_related("portal_user").order_by("created_at").first()
    return Redeemer(contact.name, contact.email, contact.language, contact) if contact else None


def by_email(invitation: Invitation, name: str, email: str, language: str) -> Redeemer:
    """Return who has this proven email: a contact of the invitation's account, or somebody new there."""
    contact = _with_email(invitation, email).first()
    if contact is None:
        return Redeemer(one_line(name), email, language)
    return Redeemer(contact.name, contact.email, contact.language, contact)


def by_profile(invitation: Invitation, user: User, language: str) -> Redeemer | None:
    """Return who a signed-in customer is at the account of a group invitation; None if they must prove an email.

    They must if another contact of the account has their email: becoming that contact opens its visits.
    """
    contact = invitation.account.contacts.filter(portal_user=user).order_by("created_at").first()
    if contact is not None:
        return Redeemer(contact.name, contact.email, contact.language, contact)
    if not user.email or _with_email(invitation, user.email).exclude(portal_user=user).exists():
        return None
    return Redeemer(one_line(user.get_full_name()) or user.username, user.email, language, is_proven=False)


def _with_email(invitation: Invitation, email: str) -> QuerySet[Contact]:
    """Return the account's contacts with this email; one that has a portal profile comes first.

    Databases treat more letters as equal than mailboxes do: in PostgreSQL the capital of the Turkish dotless i is I.
    So the result is compared again letter by letter; otherwise a lookalike mailbox would open other people's visits.
    """
    contacts = invitation.account.contacts.select_related("portal_user")
    alike = contacts.filter(email__iexact=email).values_list("pk", "email")
    found = contacts.filter(pk__in=[pk for pk, known in alike if known.lower() == email.lower()])
    return found.order_by(F("portal_user").asc(nulls_last=True), "created_at")


def signs_in_with(name: str) -> bool:
    """Tell whether somebody signs in with this user name or email; case does not count. False for "".

    Closed accounts do not count: after a redemption by mistake is undone, its email is free for the right person.
    """
    named = Q(username__iexact=name) | Q(email__iexact=name)
    return bool(name) and User.objects.filter(named, is_active=True).exists()


def is_name_taken(username: str) -> bool:
    """Tell whether this user name is not free for a new user; case does not count."""
    named = User.objects.filter(username__iexact=username)
    return signs_in_with(username) or named.exclude(pk__in=_closed_by_undoing(username)).exists()


def _closed_by_undoing(username: str) -> QuerySet[User]:
    """Return the closed account of somebody who redeemed by mistake under this name, often the right person's email."""
    return User.objects.filter(
        pk__in=Redemption.objects.filter(made_user=True, undone_at__isnull=False).values("user"),
        username__iexact=username,
        is_active=False,
    )


# --- Verbs ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def make_profile(invitation: Invitation, person: Redeemer, user: User, now: dt.datetime) -> Redemption:
    """Make `user` (not saved yet, with user name and password) the portal profile of whoever redeems.

    Raises NotRedeemable when no seat is left at `now`, NameTaken, and ContactTaken; then nothing was made.
    """
    invitation.take_seat(now)
    one_name_at_a_time()
    if is_name_taken(user.username):
        raise NameTaken
    for closed in _closed_by_undoing(user.username):
        closed.username = f"{closed.username[:100]} (closed {closed.pk.hex[:12]})"
        closed.save(update_fields=["username"])
        AuditEntry.note(closed, "user name freed")
    user.email = "" if signs_in_with(person.email) else person.email
    user.first_name, user.last_name = _first_and_last(person.name)
    user.save(force_insert=True)
    return _let_in(invitation, person, user, now, made_user=True)


@transaction.atomic
def add_to_profile(invitation: Invitation, person: Redeemer, user: User, now: dt.datetime) -> Redemption:
    """Give a customer who has a portal profile the contact and the web roles of the invitation.

    Raises NotRedeemable, ContactTaken, and AlreadyIn; then nothing was changed. Staff are refused.
    """
    if user.is_staff or user.is_superuser:
        raise PermissionDenied
    invitation.take_seat(now)
    if has_redeemed(invitation, user):
        raise AlreadyIn
    return _let_in(invitation, person, user, now, made_user=False)


def has_redeemed(invitation: Invitation, user: User) -> bool:
    return Redemption.objects.filter(invitation=invitation, user=user, undone_at=None).exists()


def _let_in(invitation: Invitation, person: Redeemer, user: User, now: dt.datetime, *, made_user: bool) -> Redemption:
    contact, made_contact = _contact(invitation, person, user)
    # If an admin freed the contact by hand, they may come in again, which ends the older redemption.
    Redemption.objects.filter(invitation=invitation, contact=contact, undone_at=None).update(undone_at=now)
    redemption = Redemption.objects.create(
        invitation=invitation,
        contact=contact,
        user=user,
        redeemed_at=now,
        made_user=made_user,
        made_contact=made_contact,
    )
    redemption.web_roles.set([role for role in invitation.web_roles.all() if role.give(contact, by=None)])
    AuditEntry.note(contact, "invitation redeemed", by=user, kind=AuditKind.LINKS)
    AuditEntry.note(invitation, "redeemed", by=user, why=contact.name)
    staff_cards.redeemed(redemption)
    return redemption


def _contact(invitation: Invitation, person: Redeemer, user: User) -> tuple[Contact, bool]:
    """Link the contact to `user`; returns it and whether it was made. The seat's row lock lets one in at a time."""
    contact = person.contact
    if contact is None:
        # Somebody with this email may have come in since the page was shown.
        contact = _with_email(invitation, person.email).first()
        if contact is None:
            return _new_contact(invitation, person, user), True
        if not person.is_proven:
            raise ContactTaken
    mine = Contact.objects.filter(Q(portal_user=None) | Q(portal_user=user), pk=contact.pk)
    if not mine.update(portal_user=user):
        raise ContactTaken
    return contact, False


def _new_contact(invitation: Invitation, person: Redeemer, user: User) -> Contact:
    return Contact.objects.create(
        account=invitation.account,
        name=one_line(person.name, 200),
        email=person.email,
        language=person.language,
        portal_user=user,
    )


def one_name_at_a_time() -> None:
    """Let nobody else make a profile until this transaction ends.

    Names and emails of users are compared without case, which no unique key of Django's user does.
    """
    # NO KEY: rows that refer to the role need not wait. SQLite's IMMEDIATE transactions come one by one anyway.
    WebRole.objects.select_for_update(no_key=True).get(pk=WebRole.web_api_users().pk)


def _first_and_last(name: str) -> tuple[str, str]:
    """Return a name in the two parts of Django's user (150 characters each); joined they read as it was written.

    A comma may come before a first name, a maiden name or a degree, so it is not interpreted.
    """
    first, _space, last = one_line(name).rpartition(" ")
    return (first[:150], last[:150]) if first else (last[:150], "")
