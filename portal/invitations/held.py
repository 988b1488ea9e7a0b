"""The invitation that a browser holds: whom it is for, who redeems it, and what is asked next.

The steps: *who* (name and email) and *digits* (the one-time code) for group invitations; *profile* to make one, *add*
if they are signed in; *belongs* if the contact has a portal profile already; *staff* for our own people.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language

from fsportal.lib import masks
from fsportal.lib.zones import supported_language
from fsportal.models import User
from portal.invitations import in_session, redeem
from portal.invitations.forms import EmailProofForm, ProfileForm, WhoForm
from portal.models import Invitation


# --- For whom -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Introduction:
    """Whom an invitation is for, masked: its owner recognizes it, nobody else learns anything."""

    name: str
    email: str
    is_group: bool


def introduction(invitation: Invitation) -> Introduction | None:
    """Return whom an invitation is for, or None if the contact has been deleted meanwhile."""
    if invitation.is_group:
        return Introduction(masks.name(invitation.account.name), "", is_group=True)
    person = redeem.invited(invitation)
    return Introduction(masks.name(person.name), masks.email(person.email), is_group=False) if person else None


@contextmanager
def in_language_of(invitation: Invitation) -> Iterator[None]:
    """Use the language of the invited contact; for groups, the one that the browser asks for."""
    person = None if invitation.is_group else redeem.invited(invitation)
    language = supported_language(person.language) if person else get_language() or "en"
    with translation.override(language):
        yield


# --- Where somebody stands ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class HeldInvitation:
    """The invitation that a browser holds at `now`: who redeems it, as far as is known, and what is asked next."""

    request: HttpRequest
    invitation: Invitation
    now: dt.datetime

    @cached_property
    def user(self) -> User | None:
        return self.request.user if isinstance(self.request.user, User) else None

    @cached_property
    def person(self) -> redeem.Redeemer | None:
        """Return who redeems, or None while that is unknown."""
        if not self.invitation.is_group:
            return redeem.invited(self.invitation)
        language = get_language() or "en"
        known = redeem.by_profile(self.invitation, self.user, language) if self.user else None
        return known or in_session.proven(self.request, self.invitation, language)

    @property
    def step(self) -> str:
        if self.user and (self.user.is_staff or self.user.is_superuser):
            return "staff"
        if self.person is None:
            return "digits" if in_session.sent_code(self.request) else "who"
        contact = self.person.contact
        if contact and contact.portal_user_id and contact.portal_user_id != (self.user.pk if self.user else None):
            return "belongs"
        return "add" if self.user else "profile"

    def form(self, data: Any = None) -> forms.Form | None:
        if self.step == "profile" and self.person:
            return ProfileForm(data, person=self.person)
        if self.step == "who":
            name, email = in_session.who(self.request)
            if self.user:
                name, email = name or self.user.get_full_name(), email or self.user.email
            return WhoForm(data, initial={"name": name, "email": email})
        return EmailProofForm(data) if self.step == "digits" else None

    def page(self, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
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
