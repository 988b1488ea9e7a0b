"""Proof at a link: before a visit is changed or canceled by its link, a one-time code shows that it is the contact.

Links are forwarded, and read over shoulders, so a link alone shows a visit and cannot change it. The code goes to the
contact's own email or phone, and the proof is kept in a cookie for this one visit for half an hour.
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
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.subscriptions import Subscription
from portal.access.viewer import viewer_of
from portal.models import OneTimeCode
from portal.models.one_time_code import LIVES_FOR, MOST_TRIES
from portal.visit.access import VisitAccess

SALT, ASKED_SALT = "portal.confirm", "portal.asked"
SURE_FOR = dt.timedelta(minutes=30)
#: A double click on the button sends the same digits again.
SECOND_CLICK = dt.timedelta(minutes=1)
#: The pages that ask for the proof, and so the only ones that it leads back to.
LEADS_TO = ("change", "check", "move", "cancel")


@dataclass(frozen=True)
class Way:
    """A channel by which a code can reach the contact."""

    channel: Channel
    #: Masked, so that the contact recognizes it and nobody else learns it.
    address: str


def ways(contact: Contact) -> list[Way]:
    """Return the ways by which a code would really reach the contact."""
    found = [Way(channel, Subscription(contact, channel).address) for channel in Channel if _reaches(contact, channel)]
    return [way for way in found if way.address]


def _reaches(contact: Contact, channel: Channel) -> bool:
    address = contact.address_on(channel)
    if channel != Channel.SMS or not address:
        return bool(address) and not contact.refuses_mail_to(address)
    # After a STOP the provider refuses texts, so a code by text would never arrive.
    return PortalSettings.load().may_text(address) and not contact.has_opted_out(channel)


# --- The code -------------------------------------------------------------------------------------------------------
def purpose_of(code: BookingNotificationCode) -> str:
    """Return the purpose of one-time codes for this link; a new generation of the link is a new purpose."""
    return f"visit:{code.public_id}:{code.generation}"


def send_code(code: BookingNotificationCode, channel: str) -> OneTimeCode:
    return OneTimeCode.issue(purpose_of(code), channel, contact=code.contact)


def sent_code(request: HttpRequest, code: BookingNotificationCode, pk: str) -> OneTimeCode | None:
    """Return the one-time code with this id if this browser asked for it, for this very link.

    Somebody who reads the code, and has the link, gets nowhere in a browser of their own.
    """
    if request.get_signed_cookie(_asked(pk), default="", salt=ASKED_SALT, max_age=LIVES_FOR) != pk:
        return None
    try:
        found = OneTimeCode.objects.filter(pk=uuid.UUID(pk), purpose=purpose_of(code), contact=code.contact)
    except ValueError:
        return None
    return found.first()


def proves(one_time: OneTimeCode, typed: str, now: dt.datetime) -> bool:
    """Tell whether `typed` is the code: every call is a try. A double click with the same digits still succeeds."""
    if one_time.redeem(typed, now):
        return True
    used_just_now = OneTimeCode.objects.filter(pk=one_time.pk, used_at__gt=now - SECOND_CLICK, tries__lt=MOST_TRIES)
    # Counted like any other try, so that a used code is as hard to guess as an open one.
    if not used_just_now.update(tries=F("tries") + 1):
        return False
    return hmac.compare_digest(one_time.digits.encode(), _digits(typed).encode())


def _digits(typed: str) -> str:
    return "".join(str(unicodedata.digit(mark)) for mark in typed if mark.isdigit())


# --- The cookies ---------------------------------------------------------------------------------------------------
def remember_asking(response: HttpResponse, code: BookingNotificationCode, sent: OneTimeCode) -> None:
    """Let this browser, and no other, use the code that was sent."""
    response.set_signed_cookie(
        _asked(str(sent.pk)),
        str(sent.pk),
        salt=ASKED_SALT,
        max_age=LIVES_FOR,
        path=reverse("visit", args=[code.public_id]),
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


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


def is_proved(request: HttpRequest, access: VisitAccess) -> bool:
    """Tell whether this is the contact: a visit opened from an account, the proof's cookie, or signed in as them."""
    if access.code is None:
        return True
    value = request.get_signed_cookie(_cookie(access.code.public_id), default="", salt=SALT, max_age=SURE_FOR)
    if value == f"{access.code.public_id}:{access.code.generation}":
        return True
    viewer = viewer_of(request, access.now)
    return viewer is not None and not viewer.is_read_only and access.contact in viewer.contacts


def to_confirm(request: HttpRequest, access: VisitAccess) -> HttpResponse | None:
    """Return the way to the proof, which leads back here afterwards; None if it has been given."""
    if is_proved(request, access):
        return None
    return redirect(f"{access.to['confirm']}?next={quote(request.get_full_path())}")


def next_page(access: VisitAccess, wanted: str) -> str:
    """Return where to go on after the proof: the wanted page if it is one of this visit's, or else the visit itself."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return access.to["page"]
    own = not parts.scheme and not parts.netloc and parts.path in {access.to[page] for page in LEADS_TO}
    return wanted if own else access.to["page"]


def _cookie(public_id: str) -> str:
    return f"sure_{public_id}"


def _asked(pk: str) -> str:
    return f"asked_{pk}"
