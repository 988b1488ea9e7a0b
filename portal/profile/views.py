"""The customer's profile: details, messages, and another email address."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fsportal.lib.throttle import Throttle
from fsportal.lib.zones import supported_language
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel, OptOutSource
from portal.access.viewer import View, Viewer, customer_page
from portal.profile.email_change import EmailChange
from portal.profile.forms import ChoicesForm, EmailCodeForm, EmailForm, ProfileDetailsForm
from portal.profile.page import ProfilePage
from portal.sign_in.asking_again import ask_again
from portal.sign_in.sessions import sign_out_elsewhere

#: Codes to new addresses: enough for somebody who mistypes theirs, too few to bother others with.
EMAIL_CODES = Throttle("profile-email", limit=5, seconds=3600)
#: In the session: the code that was sent for this browser.
BEGUN = "portal.email_change"


ProfileView = Callable[[HttpRequest, ProfilePage], HttpResponseBase]


def _on_profile(view: ProfileView) -> View:
    @require_http_methods(["GET", "HEAD", "POST"])
    @customer_page
    @wraps(view)
    def wrapped(request: HttpRequest, viewer: Viewer, **kwargs: str) -> HttpResponseBase:
        page = ProfilePage.of(viewer, request.GET.get("for", ""), PortalSettings.of(request))
        return view(request, page, **kwargs)

    return wrapped


def _button(view: Callable[..., None]) -> View:
    """Do what a form of the profile asks, then show the profile again."""

    @_on_profile
    @wraps(view)
    def wrapped(request: HttpRequest, page: ProfilePage, **kwargs: str) -> HttpResponseBase:
        if request.method == "POST":
            view(request, page, **kwargs)
        return redirect(page.address())

    return wrapped


@_on_profile
def profile(request: HttpRequest, page: ProfilePage) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, page)
    form = ProfileDetailsForm(page.contact, request.POST)
    if not form.is_valid():
        return _show(request, page, form)
    if form.cleaned_data["mobile_phone"] != page.contact.mobile_phone:
        ask_again(request)
    page.contact.change_profile(by=page.viewer.user, **form.cleaned_data)
    # From here on in the language that was just chosen.
    with translation.override(supported_language(page.viewer.contacts[0].language)):
        messages.success(request, _("Your details are saved."))
    return redirect(page.address())


def _show(request: HttpRequest, page: ProfilePage, details: ProfileDetailsForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "page": page,
        "details": details or ProfileDetailsForm(page.contact),
        "choices": ChoicesForm(page.contact, page.kinds, page.portal_settings.channels),
    }
    if page.viewer.is_read_only:
        _for_reading(context["details"], context["choices"])
    return render(request, "portal/profile/profile.html", context, status=400 if details else 200)


def _for_reading(*shown: ProfileDetailsForm | ChoicesForm) -> None:
    """Disable the fields, for staff who look as the customer."""
    for form in shown:
        for field in form.fields.values():
            field.disabled = True
        if isinstance(form, ProfileDetailsForm):
            form.helper.inputs = []


# --- What we send ---------------------------------------------------------------------------------------------------
@_button
def choose(request: HttpRequest, page: ProfilePage) -> None:
    form = ChoicesForm(page.contact, page.kinds, page.portal_settings.channels, request.POST)
    if form.is_valid():
        page.contact.choose_all(form.wanted(), by=page.viewer.user)
        messages.success(request, _("Your choice is saved. It counts from the next message on."))


@_button
def stop(request: HttpRequest, page: ProfilePage, *, channel: str) -> None:
    page.contact.opt_out(_channel(channel), how=OptOutSource.PROFILE)
    said = _("You get no more texts from us.") if channel == Channel.SMS else _("You get no more emails from us.")
    messages.success(request, said)


@_button
def start(request: HttpRequest, page: ProfilePage, *, channel: str) -> None:
    page.contact.opt_in(_channel(channel), how=OptOutSource.PROFILE)
    said = _("You get our texts again.") if channel == Channel.SMS else _("You get our emails again.")
    messages.success(request, said)


def _channel(name: str) -> Channel:
    if name not in Channel.values:
        raise Http404
    return Channel(name)


# --- Another email address ------------------------------------------------------------------------------------------
@_on_profile
def email(request: HttpRequest, page: ProfilePage) -> HttpResponseBase:
    form = EmailForm(page.contact, request.POST or None)
    status = 200
    if request.method == "POST":
        ask_again(request)
        status = 400
        if form.is_valid():
            if not EMAIL_CODES.count(str(page.contact.pk)):
                request.session[BEGUN] = EmailChange.begin(page.contact, form.cleaned_data["email"])
                return redirect(page.address("profile-email-code"))
            form.add_error("email", _("You have asked for many codes. Wait an hour, or ask us to change it."))
    return render(request, "portal/profile/email.html", {"page": page, "form": form}, status=status)


@_on_profile
def email_code(request: HttpRequest, page: ProfilePage) -> HttpResponseBase:
    """Ask for the code that went to the new address, and change over to it."""
    now = timezone.now()
    change = EmailChange.pending(page.contact, now, request.session.get(BEGUN, ""))
    if change is None:
        return redirect(page.address("profile-email"))
    form, status = EmailCodeForm(request.POST or None), 200
    if request.method == "POST":
        ask_again(request)
        status = 400
        if form.is_valid():
            wrong = change.finish(form.cleaned_data["code"], by=page.viewer.user, now=now)
            if not wrong:
                sign_out_elsewhere(request)
                messages.success(request, _("Your email address is changed."))
                return redirect(page.address())
            form.add_error("code", wrong)
    context = {"page": page, "form": form, "change": change}
    return render(request, "portal/profile/email_code.html", context, status=status)
