"""The automatic invite: contacts of active accounts get the self-scheduling invite, each email address once, ever.

The row of InvitedAddress guarantees that: it is written in the transaction that makes the invitation and queues its
message.
"""

import datetime as dt
import time
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Lower

from fsportal.lib import codes
from fsportal.models import AuditEntry, Contact, ErasedAddress, MessageChoice, OptOut, PortalSettings
from fsportal.models.consent import Channel
from fsportal.models.erased_address import INVITED
from fsportal.models.portal_settings import InviteWhom
from notifications.customers import holding
from notifications.customers.outbox import queue_for_each
from notifications.models import CustomerNotification
from portal.models import Invitation, InvitedAddress, WebRole
from portal.models.invitation import EVENT

#: Contacts per transaction: long enough to be quick, short enough not to hold up the other writers.
CHUNK = 500
#: Contacts whose ids are held at a time.
MOST = 20_000


def sweep(now: dt.datetime, budget: float | None = None) -> int:
    """Invite everybody who is due it at `now` (aware); returns how many. Harmless when repeated or run twice at once.

    With a `budget` (seconds) it ends soon after, and the next run goes on.
    """
    portal_settings = PortalSettings.load()
    # While the message is switched off nobody would get one, and their address would be used up.
    if not portal_settings.auto_invite or not portal_settings.send_invitation:
        return 0
    ends = None if budget is None else time.monotonic() + budget
    found, done = due(portal_settings, now), 0
    # The ids come first, as a search through all contacts is slow; each chunk checks again who is still due.
    while ids := list(found.values_list("pk", flat=True)[:MOST]):
        before = done
        for start in range(0, len(ids), CHUNK):
            done += _invite_safely(found.filter(pk__in=ids[start : start + CHUNK]), portal_settings, now)
            if ends is not None and time.monotonic() >= ends:
                return done
        if done == before:
            break  # another run has them
    return done


def due(portal_settings: PortalSettings, now: dt.datetime, *, whom: str | None = None) -> QuerySet[Contact]:
    """Return the contacts who are due the automatic invite, with their `address` in lower case.

    `whom` asks for another choice than the settings' own (InviteWhom). Contacts who do not want the email are not due,
    so that their address is not used up in case they change their mind; nor are those with an invitation sent by hand.
    """
    mine = {"contact": OuterRef("pk"), "channel": Channel.EMAIL}
    invited = Invitation.objects.redeemable(now).filter(contacts=OuterRef("pk"), sent_at__isnull=False)
    found = (
        Contact.objects.filter(account__is_active=True, account__is_excluded=False, portal_user=None)
        .exclude(email="")
        .annotate(address=Lower("email"))
        .filter(~Exists(InvitedAddress.objects.filter(email=OuterRef("address"))))
        .filter(~Exists(OptOut.objects.in_force().filter(**mine)))
        .filter(~Exists(MessageChoice.objects.filter(**mine, event=EVENT, is_wanted=False)))
        .filter(~Exists(invited))
    )
    if (whom or portal_settings.auto_invite_whom) == InviteWhom.ALL:
        return found
    # Never switched on: nobody is new yet.
    return found.filter(created_at__gte=portal_settings.auto_invite_since or now)


def _invite_safely(found: QuerySet[Contact], portal_settings: PortalSettings, now: dt.datetime) -> int:
    try:
        return _invite(found, portal_settings, now)
    except IntegrityError:
        # A public id was taken at this very moment, or a contact deleted: the next run tries again.
        return 0


@transaction.atomic
def _invite(found: QuerySet[Contact], portal_settings: PortalSettings, now: dt.datetime) -> int:
    by_address: dict[str, Contact] = {}
    for contact in found.order_by("created_at", "pk"):
        by_address.setdefault(contact.address, contact)  # type: ignore[attr-defined]  # the annotation of `due`
    chosen = [by_address[address] for address in _claim(sorted(by_address), now)]
    _made(chosen, portal_settings.invitation_ends(now), now)
    return len(chosen)


def _claim(addresses: list[str], now: dt.datetime) -> list[str]:
    """Note addresses as invited; returns those that nobody had noted before. Two at once get different ones.

    The constraint decides. Django's bulk_create does not say which rows were new, so it is said in SQL.
    """
    if not addresses:
        return []
    table = connection.ops.quote_name(InvitedAddress._meta.db_table)
    stamp = connection.ops.adapt_datetimefield_value(now)
    rows = ", ".join(["(%s, %s)"] * len(addresses))
    sql = (
        f"INSERT INTO {table} (email, invited_at) VALUES {rows}"  # noqa: S608 (names and placeholders only)
        " ON CONFLICT (email) DO NOTHING RETURNING email"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for address in addresses for value in (address, stamp)])
        new = [row[0] for row in cursor.fetchall()]
    # An address that comes back after its person was erased has had its invite; it is stored in plain again.
    had = ErasedAddress.take(new, INVITED)
    return [address for address in new if address not in had]


def _made(contacts: list[Contact], ends: dt.datetime | None, now: dt.datetime) -> None:
    """Make an invitation for each contact and queue its message; what Invitation.for_contact and send do for one."""
    if not contacts:
        return
    role = WebRole.web_api_users()
    common: dict[str, Any] = {"is_automatic": True, "expires_at": ends, "sent_at": now, "created_at": now}
    ids = _free_public_ids(len(contacts))
    made = Invitation.objects.bulk_create(
        Invitation(id=uuid.uuid4(), public_id=public_id, account_id=contact.account_id, **common)
        for contact, public_id in zip(contacts, ids, strict=True)
    )
    pairs = list(zip(made, contacts, strict=True))
    Invitation.contacts.through.objects.bulk_create(
        Invitation.contacts.through(invitation_id=one.pk, contact_id=contact.pk) for one, contact in pairs
    )
    Invitation.web_roles.through.objects.bulk_create(
        Invitation.web_roles.through(invitation_id=one.pk, webrole_id=role.pk) for one in made
    )
    AuditEntry.note_all(made, "created and sent")
    select = Invitation.objects.filter(pk__in=[one.pk for one in made]).order_by()
    select = select.annotate(subject=F("pk"), recipient=F("contacts"), said_of=F("generation"))
    queue_for_each(EVENT, Channel.EMAIL, select, Invitation, now)
    ours = CustomerNotification.objects.filter(event=EVENT, regarding_id__in=[one.pk for one in made])
    holding.hold_if_restored(ours, now)


def _free_public_ids(number: int) -> Iterable[str]:
    # Ids of six letters collide now and then; among a hundred thousand invitations, often enough.
    free: set[str] = set()
    while len(free) < number:
        tried = {codes.typed_public_id() for _ in range(number - len(free))}
        free |= tried - set(Invitation.objects.filter(public_id__in=tried).values_list("public_id", flat=True))
    return free
