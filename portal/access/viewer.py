"""Who may see what: customers with an account, and staff who look as one. For links see portal/visit/access.py."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation

from bookings.models import Booking, BookingQuerySet
from fsportal.lib.zones import supported_language
from fsportal.models import Contact, User
from portal.models import WEB_API_USERS

# --- Customers by their account -------------------------------------------------------------------------------------

#: Session key of staff who look at the portal as a customer: contact id, and when that ends.
SEE_AS = "portal.see_as"
SEE_AS_FOR = dt.timedelta(minutes=30)
SEE_AS_PERMISSION = "portal.see_as_customer"


@dataclass(frozen=True)
class Viewer:
    """A signed-in customer with the contacts they may use the portal as; or staff looking as one.

    The role is read once per request: once taken away, it is gone from the next request on.
    """

    user: User
    seen_as: Contact | None = None

    @cached_property
    def contacts(self) -> list[Contact]:
        """Return this person's contacts that have the role *Web API Users*, oldest first."""
        mine = Contact.objects.filter(pk=self.seen_as.pk) if self.seen_as else self.user.contacts.all()
        allowed = mine.filter(web_roles__name=WEB_API_USERS)
        return list(allowed.select_related("account").order_by("created_at"))

    @property
    def name(self) -> str:
        """Return the name on the page; for staff who look as a customer, the customer's."""
        return str(self.seen_as.portal_user or self.seen_as) if self.seen_as else str(self.user)

    @property
    def is_read_only(self) -> bool:
        return self.seen_as is not None

    def bookings(self) -> BookingQuerySet:
        return Booking.objects.for_contacts(self.contacts)

    def booking(self, pk: uuid.UUID) -> Booking:
        """Return one visit with what a page shows; raises Http404 for others' visits as for unknown ones."""
        found = self.bookings().with_visit().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def contact_for(self, booking: Booking) -> Contact:
        """Return which of their contacts this person sees a visit as: who reported it, or else one of its account."""
        order = booking.work_order
        mine = {contact.pk: contact for contact in self.contacts}
        of_account = [contact for contact in self.contacts if contact.account_id == order.account_id]
        return mine.get(order.reported_by_id) or of_account[0]  # type: ignore[arg-type]  # None is not a key

    def whose(self, booking: Booking) -> str:
        """Return the name of the other contact whose visit it is; empty for this person's own."""
        order = booking.work_order
        owner = order.reported_by or order.account.primary_contact
        return "" if owner in self.contacts else (owner.name if owner else order.account.name)


View = Callable[..., HttpResponseBase]
CustomerView = Callable[..., HttpResponseBase]


def viewer_of(request: HttpRequest, now: dt.datetime) -> Viewer | None:
    """Return who is looking at the portal at `now`, or None for a stranger. Says nothing about what they may see."""
    user = request.user
    if not isinstance(user, User):
        return None
    seen_as = _seen_as(request, user, now)
    return Viewer(user, seen_as)


def _seen_as(request: HttpRequest, user: User, now: dt.datetime) -> Contact | None:
    wanted: dict[str, str] | None = request.session.get(SEE_AS)
    if not wanted or now >= dt.datetime.fromisoformat(wanted["until"]) or not user.has_perm(SEE_AS_PERMISSION):
        return None
    return Contact.objects.select_related("account", "portal_user").filter(pk=wanted["contact"]).first()


def customer_page(view: CustomerView) -> CustomerView:
    """Hand the view the Viewer (also as `request.viewer`). Every page of a signed-in customer goes through this.

    Strangers are asked to sign in, customers without the role are told what is missing and whom to ask, and staff who
    look as a customer cannot change anything. The answer is in the contact's language, and no cache may keep it.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        viewer = getattr(request, "viewer", None) or viewer_of(request, timezone.now())
        if viewer is None:
            return redirect_to_login(request.get_full_path())
        request.viewer = viewer  # type: ignore[attr-defined]
        response = _answer(request, viewer, view, kwargs)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


def _answer(request: HttpRequest, viewer: Viewer, view: CustomerView, kwargs: dict[str, Any]) -> HttpResponseBase:
    if not viewer.contacts:
        return role_missing(request, viewer)
    if viewer.is_read_only and request.method not in ("GET", "HEAD"):
        return render(request, "portal/read_only.html", status=403)
    language = supported_language(viewer.contacts[0].language)
    with translation.override(language):
        response = view(request, viewer, **kwargs)
    response.setdefault("Content-Language", language)
    return response


def role_missing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Tell a customer without the role *Web API Users* what is missing and whom to ask, and nothing else.

    In the language of the contact who lacks it; for users who are not a contact, in the one that the browser asks for.
    """
    contact = viewer.seen_as or viewer.user.contacts.order_by("created_at").first()
    language = supported_language(contact.language) if contact else translation.get_language()
    with translation.override(language):
        response = render(request, "portal/role_missing.html", {"role": WEB_API_USERS, "viewer": viewer}, status=403)
    if language:
        response["Content-Language"] = language
    return response


def private(view: View) -> View:
    """Keep what the view answers out of caches, search engines and other sites' referrers."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        response = view(request, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped
