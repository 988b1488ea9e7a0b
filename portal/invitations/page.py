"""Redeeming an invitation, second part: one page that asks for what is missing next, until the customer is in.

Its steps: *who* (name and email) and *digits* (the one-time code) for group invitations; *profile* for who has none,
*add* for who is signed in; *belongs* where somebody signs in for the contact already; *staff* for our own people.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fsportal.lib import masks
from fsportal.lib.throttle import Throttle, client_of
from fsportal.lib.zones import supported_language
from fsportal.models import User
from fsportal.models.consent import Channel
from portal.access.viewer import private
from portal.invitations import in_session, redeem
from portal.invitations.forms import EmailProofForm, ProfileForm, WhoForm
from portal.models import Invitation, NotRedeemable, OneTimeCode
from portal.models.one_time_code import MOST_TRIES

#: One-time codes that one client asks for, and that go to one address: each is a message.
CODES_OF_CLIENT = Throttle("redeem-code-client", limit=20, seconds=3600)
CODES_TO_ADDRESS = Throttle("redeem-code-address", limit=5, seconds=3600)
#: Each is five guesses at being the contact with this address: over the life of an invitation that must stay hopeless.
CODES_TO_ADDRESS_A_DAY = Throttle("redeem-code-address-a-day", limit=12, seconds=86400)


# --- For whom -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Introduction:
    """For whom an invitation is, masked: the owner knows it, nobody else learns it."""

    name: str
    email: str
    is_group: bool


def introduction(invitation: Invitation) -> Introduction | None:
    """Return for whom an invitation is; None when the contact has been deleted meanwhile."""
    if invitation.is_group:
        return Introduction(masks.name(invitation.account.name), "", is_group=True)
    person = redeem.invited(invitation)
    return Introduction(masks.name(person.name), masks.email(person.email), is_group=False) if person else None


@contextmanager
def in_language_of(invitation: Invitation) -> Iterator[None]:
    """Speak the language of the invited contact; of a group, whichever the browser asks for."""
    person = None if invitation.is_group else redeem.invited(invitation)
    language = supported_language(person.language) if person else get_language() or "en"
    with translation.override(language):
        yield


# --- Where somebody stands ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class InvitationStep:
    """One browser with its invitation at `now`: who they are as far as is known, and what is asked next."""

    request: HttpRequest
    invitation: Invitation
    now: dt.datetime

    @cached_property
    def user(self) -> User | None:
        """Return who is signed in."""
        return self.request.user if isinstance(self.request.user, User) else None

    @cached_property
    def person(self) -> redeem.Redeemer | None:
        """Return who redeems, or None while that is not known."""
        if not self.invitation.is_group:
            return redeem.invited(self.invitation)
        language = get_language() or "en"
        known = redeem.by_profile(self.invitation, self.user, language) if self.user else None
        return known or in_session.proven(self.request, self.invitation, language)

    @property
    def step(self) -> str:
        """Return the name of what is asked next."""
        if self.user and (self.user.is_staff or self.user.is_superuser):
            return "staff"
        if self.person is None:
            return "digits" if in_session.sent_code(self.request) else "who"
        contact = self.person.contact
        if contact and contact.portal_user_id and contact.portal_user_id != (self.user.pk if self.user else None):
            return "belongs"
        return "add" if self.user else "profile"

    def form(self, data: Any = None) -> forms.Form | None:
        """Return the form of the present step."""
        if self.step == "profile" and self.person:
            return ProfileForm(data, person=self.person)
        if self.step == "who":
            name, email = in_session.who(self.request)
            if self.user:
                name, email = name or self.user.get_full_name(), email or self.user.email
            return WhoForm(data, initial={"name": name, "email": email})
        return EmailProofForm(data) if self.step == "digits" else None

    def page(self, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
        """Show the present step."""
        context = {
            "step": self.step,
            "form": form or self.form(),
            "intro": introduction(self.invitation),
            "person": self.person,
            "link": self.invitation.link if self.step == "staff" else "",
            "email": in_session.who(self.request)[1],
            "user_name": self.user.username if self.user else "",
            "sign_in": f"{resolve_url(settings.LOGIN_URL)}?next={reverse('invitation')}",
        }
        return render(self.request, "portal/invitations/invitation.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def invitation(request: HttpRequest) -> HttpResponseBase:
    """Show what is asked next, or take the answer."""
    now = timezone.now()
    found = in_session.held(request, now)
    if found is None:
        return redirect("redeem")
    place = InvitationStep(request, found, now)
    if place.user and redeem.has_redeemed(found, place.user):
        return redirect("home")  # the back button, or a second click
    with in_language_of(found):
        if not found.is_redeemable(now) or introduction(found) is None:
            return _too_late(request)
        if request.method != "POST":
            return place.page()
        answer = ANSWERS.get((place.step, request.POST.get("do", "")), ANSWERS.get(("", request.POST.get("do", ""))))
        return answer(place) if answer else _as_it_is_now(place)


def _too_late(request: HttpRequest) -> HttpResponse:
    """Answer who held an invitation that others have used up, or that was withdrawn or has expired meanwhile."""
    return render(request, "portal/invitations/redeem_too_late.html", status=409)


def _as_it_is_now(place: InvitationStep) -> HttpResponse:
    """Answer what was sent from a page that is no longer true: with the one that is."""
    place.invitation.refresh_from_db()
    return redirect("invitation") if place.invitation.is_redeemable(place.now) else _too_late(place.request)


def _welcome(place: InvitationStep, words: str) -> HttpResponse:
    # It stays held: the back button and a second click then find that all is done.
    messages.success(place.request, words)
    return redirect("home")


# --- Answers --------------------------------------------------------------------------------------------------------
def _make_profile(place: InvitationStep) -> HttpResponseBase:
    form = place.form(place.request.POST)
    assert isinstance(form, ProfileForm)
    if not form.is_valid():
        return place.page(form, status=400)
    user, person = form.user(), form.person
    try:
        redeem.make_profile(place.invitation, person, user, place.now)
    except NotRedeemable:
        return _too_late(place.request)
    except redeem.NameTaken:
        form.add_error("username", form.taken(user.username))
        return place.page(form, status=400)
    except redeem.ContactTaken:
        return _as_it_is_now(place)
    # django-allauth's, so that this session is among those that the profile lists and ends.
    perform_login(place.request, user)
    place.request.session.set_expiry(0)  # until the browser closes: staying signed in is asked when signing in
    return _welcome(place, _("Welcome. Your portal profile is ready, and you are signed in."))


def _add(place: InvitationStep) -> HttpResponseBase:
    assert place.user
    assert place.person
    try:
        redeem.add_to_profile(place.invitation, place.person, place.user, place.now)
    except NotRedeemable:
        return _too_late(place.request)
    except redeem.AlreadyIn:
        return redirect("home")
    except redeem.ContactTaken:
        return _as_it_is_now(place)
    return _welcome(place, _("The invitation was added to your portal profile."))


def _not_me(place: InvitationStep) -> HttpResponseBase:
    """Sign out, and keep the invitation for whoever it is meant for."""
    logout(place.request)
    in_session.hold(place.request, place.invitation, place.now)
    return redirect("invitation")


def _say_who(place: InvitationStep) -> HttpResponseBase:
    form = place.form(place.request.POST)
    assert form
    if not form.is_valid():
        return place.page(form, status=400)
    name, email = form.cleaned_data["name"], form.cleaned_data["email"]
    if _send_code(place, name, email):
        return redirect("invitation")
    form.add_error("email", _("Several codes went out already. Look for them, or try again in an hour."))
    return place.page(form, status=429)


def _another_code(place: InvitationStep) -> HttpResponseBase:
    if _send_code(place, *in_session.who(place.request)):
        messages.info(place.request, _("A new code is on its way. The one before no longer works."))
        return redirect("invitation")
    form = EmailProofForm({})
    form.errors["digits"] = form.error_class([_("Several codes went out already. Look for them, or try again later.")])
    return place.page(form, status=429)


def _send_code(place: InvitationStep, name: str, email: str) -> bool:
    address = email.casefold()
    if (
        CODES_OF_CLIENT.count(client_of(place.request))
        or CODES_TO_ADDRESS.count(address)
        or CODES_TO_ADDRESS_A_DAY.count(address)
    ):
        return False
    purpose = f"redeem:{place.invitation.pk}"
    code = OneTimeCode.issue(purpose, Channel.EMAIL, to=email, language=get_language() or "en")
    in_session.note_who(place.request, name, email, code)
    return True


def _another_email(place: InvitationStep) -> HttpResponseBase:
    in_session.forget_who(place.request)
    return redirect("invitation")


def _check_digits(place: InvitationStep) -> HttpResponseBase:
    form, code = EmailProofForm(place.request.POST), in_session.sent_code(place.request)
    assert code
    if not form.is_valid():
        return place.page(form, status=400)
    if code.redeem(form.cleaned_data["digits"], place.now):
        in_session.prove(place.request)
        return redirect("invitation")
    code.refresh_from_db()
    over = code.tries >= MOST_TRIES or place.now >= code.ends_at
    form.add_error(
        "digits",
        _("This code no longer works. Ask for a new one.") if over else _("This is not the code. Look once more."),
    )
    return place.page(form, status=400)


#: By step and the button that was pressed; without a step, on every one.
ANSWERS: dict[tuple[str, str], Callable[[InvitationStep], HttpResponseBase]] = {
    ("profile", "profile"): _make_profile,
    ("add", "add"): _add,
    ("who", "who"): _say_who,
    ("digits", "digits"): _check_digits,
    ("digits", "another-code"): _another_code,
    ("digits", "another-email"): _another_email,
    ("", "not-me"): _not_me,
}
