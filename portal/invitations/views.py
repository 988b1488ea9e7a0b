"""Redeeming an invitation, second part: one page that asks for what is missing next, until the customer is in."""

from collections.abc import Callable
from functools import wraps

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fsportal.lib.throttle import Throttle, client_of
from fsportal.models.consent import Channel
from portal.access.viewer import View, private
from portal.invitations import in_session, redeem
from portal.invitations.forms import EmailProofForm, ProfileForm
from portal.invitations.held import HeldInvitation, in_language_of, introduction
from portal.models import NotRedeemable, OneTimeCode
from portal.models.one_time_code import MOST_TRIES

#: One-time codes for one client, and to one address: each is a message.
CODES_OF_CLIENT = Throttle("redeem-code-client", limit=20, seconds=3600)
CODES_TO_ADDRESS = Throttle("redeem-code-address", limit=5, seconds=3600)
#: Each allows five guesses: over the life of an invitation, guessing must stay hopeless.
CODES_TO_ADDRESS_A_DAY = Throttle("redeem-code-address-a-day", limit=12, seconds=86400)


HeldView = Callable[[HeldInvitation], HttpResponseBase]


def _at_invitation(view: HeldView) -> View:
    """Hand the view the invitation that this browser holds, while it can be redeemed and has not been."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @private
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponseBase:
        now = timezone.now()
        invitation = in_session.held(request, now)
        if invitation is None:
            return redirect("redeem")
        held = HeldInvitation(request, invitation, now)
        if held.user and redeem.has_redeemed(invitation, held.user):
            return redirect("home")  # the back button, or a second click
        with in_language_of(invitation):
            is_open = invitation.is_redeemable(now) and introduction(invitation) is not None
            return view(held) if is_open else _too_late(request)

    return wrapped


def _answer(step: str = "") -> Callable[[HeldView], View]:
    """Let the view answer POSTs from the page of this step, or of any; otherwise show where the customer is now."""

    def decorated(view: HeldView) -> View:
        @_at_invitation
        @wraps(view)
        def answered(held: HeldInvitation) -> HttpResponseBase:
            is_due = held.request.method == "POST" and step in ("", held.step)
            return view(held) if is_due else _as_it_is_now(held)

        return answered

    return decorated


@_at_invitation
def show(held: HeldInvitation) -> HttpResponseBase:
    return held.page() if held.request.method != "POST" else _as_it_is_now(held)


def _too_late(request: HttpRequest) -> HttpResponse:
    """Say that the invitation was used up or withdrawn or has expired meanwhile."""
    return render(request, "portal/invitations/redeem_too_late.html", status=409)


def _as_it_is_now(held: HeldInvitation) -> HttpResponse:
    """Answer a form of an outdated page with the page as it is now."""
    held.invitation.refresh_from_db()
    return redirect("invitation") if held.invitation.is_redeemable(held.now) else _too_late(held.request)


def _welcome(held: HeldInvitation, words: str) -> HttpResponse:
    # The invitation stays held, so that the back button and a second click find that all is done.
    messages.success(held.request, words)
    return redirect("home")


# --- Answers --------------------------------------------------------------------------------------------------------
@_answer("profile")
def make_profile(held: HeldInvitation) -> HttpResponseBase:
    form = held.form(held.request.POST)
    assert isinstance(form, ProfileForm)
    if not form.is_valid():
        return held.page(form, status=400)
    user, person = form.user(), form.person
    try:
        redeem.make_profile(held.invitation, person, user, held.now)
    except NotRedeemable:
        return _too_late(held.request)
    except redeem.NameTaken:
        form.add_error("username", form.taken(user.username))
        return held.page(form, status=400)
    except redeem.ContactTaken:
        return _as_it_is_now(held)
    # django-allauth's function, so that the profile lists this session.
    perform_login(held.request, user)
    held.request.session.set_expiry(0)  # until the browser closes: only the sign-in page offers to stay signed in
    return _welcome(held, _("Welcome. Your portal profile is ready, and you are signed in."))


@_answer("add")
def add(held: HeldInvitation) -> HttpResponseBase:
    assert held.user
    assert held.person
    try:
        redeem.add_to_profile(held.invitation, held.person, held.user, held.now)
    except NotRedeemable:
        return _too_late(held.request)
    except redeem.AlreadyIn:
        return redirect("home")
    except redeem.ContactTaken:
        return _as_it_is_now(held)
    return _welcome(held, _("The invitation was added to your portal profile."))


@_answer()
def not_me(held: HeldInvitation) -> HttpResponseBase:
    """Sign out, and keep the invitation for the person it is meant for."""
    logout(held.request)
    in_session.hold(held.request, held.invitation, held.now)
    return redirect("invitation")


@_answer("who")
def say_who(held: HeldInvitation) -> HttpResponseBase:
    form = held.form(held.request.POST)
    assert form
    if not form.is_valid():
        return held.page(form, status=400)
    name, email = form.cleaned_data["name"], form.cleaned_data["email"]
    if _send_code(held, name, email):
        return redirect("invitation")
    form.add_error("email", _("Several codes went out already. Look for them, or try again in an hour."))
    return held.page(form, status=429)


@_answer("digits")
def another_code(held: HeldInvitation) -> HttpResponseBase:
    if _send_code(held, *in_session.who(held.request)):
        messages.info(held.request, _("A new code is on its way. The one before no longer works."))
        return redirect("invitation")
    form = EmailProofForm({})
    form.errors["digits"] = form.error_class([_("Several codes went out already. Look for them, or try again later.")])
    return held.page(form, status=429)


def _send_code(held: HeldInvitation, name: str, email: str) -> bool:
    address = email.casefold()
    if (
        CODES_OF_CLIENT.count(client_of(held.request))
        or CODES_TO_ADDRESS.count(address)
        or CODES_TO_ADDRESS_A_DAY.count(address)
    ):
        return False
    purpose = f"redeem:{held.invitation.pk}"
    code = OneTimeCode.issue(purpose, Channel.EMAIL, to=email, language=get_language() or "en")
    in_session.note_who(held.request, name, email, code)
    return True


@_answer("digits")
def another_email(held: HeldInvitation) -> HttpResponseBase:
    in_session.forget_who(held.request)
    return redirect("invitation")


@_answer("digits")
def check_digits(held: HeldInvitation) -> HttpResponseBase:
    form, code = EmailProofForm(held.request.POST), in_session.sent_code(held.request)
    assert code
    if not form.is_valid():
        return held.page(form, status=400)
    if code.redeem(form.cleaned_data["digits"], held.now):
        in_session.prove(held.request)
        return redirect("invitation")
    code.refresh_from_db()
    over = code.tries >= MOST_TRIES or held.now >= code.ends_at
    form.add_error(
        "digits",
        _("This code no longer works. Ask for a new one.") if over else _("This is not the code. Look once more."),
    )
    return held.page(form, status=400)
