"""Proof at a link: before whoever has a link changes or cancels, a one-time code shows that they are the contact.

A link is forwarded, and read over shoulders; so it shows a visit and changes none. The code goes to the contact's own
email or phone, and what it proves is kept in a cookie of this one visit for half an hour.
"""

import datetime as dt
import hmac
import unicodedata
import uuid
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from bookings.models import BookingNotificationCode
from fsportal.lib.phones import country_allowed
from fsportal.models import Contact
from fsportal.models.consent import Channel
from notifications.customers.subscriptions import Subscription
from portal.access import viewer_of
from portal.models import OneTimeCode
from portal.models.one_time_code import MOST_TRIES
from portal.visit.access import VisitAccess

SALT = "portal.confirm"
SURE_FOR = dt.timedelta(minutes=30)
#: A second click on the button is no second person.
SECOND_CLICK = dt.timedelta(minutes=1)
#: The pages that ask for the proof, and so the only ones to which it leads.
LEADS_TO = ("change", "cancel")


@dataclass(frozen=True)
class Way:
    """One way by which a code can reach the contact."""

    channel: Channel
    #: Masked, so that the contact knows it and nobody else learns it.
    address: str


def ways(contact: Contact) -> list[Way]:
    """Return the ways by which a code would really reach the contact; none when there is no address."""
    found = [Way(channel, Subscription(contact, channel).address) for channel in Channel if _reaches(contact, channel)]
    return [way for way in found if way.address]


def _reaches(contact: Contact, channel: Channel) -> bool:
    address = contact.address_on(channel)
    if channel != Channel.SMS or not address:
        return bool(address)
    # After a STOP no text goes out, and the provider would refuse it: whoever chose it would wait in vain.
    return country_allowed(address, settings.SMS_COUNTRIES) and not contact.has_opted_out(channel)


# --- The code -------------------------------------------------------------------------------------------------------
def purpose_of(code: BookingNotificationCode) -> str:
    """Return what a one-time code at this link is good for; another generation of the link is another purpose."""
    return f"visit:{code.public_id}:{code.generation}"


def send_code(code: BookingNotificationCode, channel: str) -> OneTimeCode:
    """Send the contact a one-time code for this link."""
    return OneTimeCode.issue(purpose_of(code), channel, contact=code.contact)


def sent_code(code: BookingNotificationCode, pk: str) -> OneTimeCode | None:
    """Return the one-time code with this id, if it was sent for this very link to its contact."""
    try:
        found = OneTimeCode.objects.filter(pk=uuid.UUID(pk), purpose=purpose_of(code), contact=code.contact)
    except ValueError:
        return None
    return found.first()


def proves(one_time: OneTimeCode, typed: str, now: dt.datetime) -> bool:
    """Tell whether `typed` is the code: every call is a try; the same digits by a second click are right again."""
    if one_time.redeem(typed, now):
        return True
    used_just_now = OneTimeCode.objects.filter(pk=one_time.pk, used_at__gt=now - SECOND_CLICK, tries__lt=MOST_TRIES)
    # Counted like any other try, so that a used code is no better to guess at than an open one.
    if not used_just_now.update(tries=F("tries") + 1):
        return False
    return hmac.compare_digest(one_time.digits.encode(), _digits(typed).encode())


def _digits(typed: str) -> str:
    return "".join(str(unicodedata.digit(mark)) for mark in typed if mark.isdigit())


# --- What is kept of it ---------------------------------------------------------------------------------------------
def remember_proof(response: HttpResponse, code: BookingNotificationCode) -> None:
    """Let this browser change this one visit for half an hour; a new generation of the link ends that."""
    response.set_signed_cookie(
        _cookie(code.public_id),
        f"{code.public_id}:{code.generation}",
        salt=SALT,
        max_age=SURE_FOR,
        path=reverse("visit", args=[code.public_id]),
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_proved(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> bool:
    """Tell whether whoever stands at the door is the contact: by account, by the cookie, or signed in as them."""
    if door.code is None:
        return True
    value = request.get_signed_cookie(_cookie(door.code.public_id), default="", salt=SALT, max_age=SURE_FOR)
    if value == f"{door.code.public_id}:{door.code.generation}":
        return True
    viewer = viewer_of(request, now)
    return viewer is not None and not viewer.is_read_only and door.contact in viewer.contacts


def to_confirm(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponse | None:
    """Return the way to the proof, which leads back here afterwards; None for who has given it."""
    if is_proved(request, door, now):
        return None
    return redirect(f"{door.to['confirm']}?next={quote(request.get_full_path())}")


def next_page(door: VisitAccess, wanted: str) -> str:
    """Return where to go on after the proof: the wanted page if it is one of this visit's, or else the visit itself."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return door.to["page"]
    own = not parts.scheme and not parts.netloc and parts.path in {door.to[page] for page in LEADS_TO}
    return wanted if own else door.to["page"]


def _cookie(public_id: str) -> str:
    return f"sure_{public_id}"
