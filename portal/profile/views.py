"""The customer's profile: who they are, what they want to be sent, and another email address."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fsportal.lib.throttle import Throttle
from fsportal.lib.zones import supported_language
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel, OptOutSource
from portal.access.viewer import Viewer, customer_page
from portal.profile.email_change import EmailChange
from portal.profile.forms import WHAT, ChoicesForm, EmailCodeForm, EmailForm, ProfileDetailsForm
from portal.profile.page import ProfilePage

#: Codes to new addresses: enough for somebody who mistypes theirs, too few to bother others with.
EMAIL_CODES = Throttle("profile-email", limit=5, seconds=3600)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def profile(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Show the profile; save the one of its forms that was sent."""
    page = _page(request, viewer)
    if request.method != "POST":
        return _show(request, page)
    return SAVES.get(request.POST.get(WHAT, ""), _save_details)(request, page)


def _page(request: HttpRequest, viewer: Viewer) -> ProfilePage:
    return ProfilePage.of(viewer, request.GET.get("for", ""), PortalSettings.load())


def _show(request: HttpRequest, page: ProfilePage, details: ProfileDetailsForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "page": page,
        "portal_settings": page.portal_settings,
        "details": details or ProfileDetailsForm(page.contact),
        "choices": ChoicesForm(page.contact, page.kinds, page.portal_settings.channels),
    }
    if page.viewer.is_read_only:
        _for_reading(context["details"], context["choices"])
    return render(request, "portal/profile/profile.html", context, status=400 if details else 200)


def _for_reading(*shown: ProfileDetailsForm | ChoicesForm) -> None:
    """Let staff, who look as the customer, see the fields and change none."""
    for form in shown:
        for field in form.fields.values():
            field.disabled = True
        if isinstance(form, ProfileDetailsForm):
            form.helper.inputs = []


def _save_details(request: HttpRequest, page: ProfilePage) -> HttpResponse:
    form = ProfileDetailsForm(page.contact, request.POST)
    if not form.is_valid():
        return _show(request, page, form)
    page.contact.change_profile(by=page.viewer.user, **form.cleaned_data)
    # From here on in the language that was just chosen.
    with translation.override(supported_language(page.viewer.contacts[0].language)):
        messages.success(request, _("Your details are saved."))
    return redirect(page.address())


def _save_choices(request: HttpRequest, page: ProfilePage) -> HttpResponse:
    form = ChoicesForm(page.contact, page.kinds, page.portal_settings.channels, request.POST)
    if form.is_valid():
        page.contact.choose_all(form.wanted(), by=page.viewer.user)
        messages.success(request, _("Your choice is saved. It counts from the next message on."))
    return redirect(page.address())


def _stop(channel: Channel) -> Callable[[HttpRequest, ProfilePage], HttpResponse]:
    def stop(request: HttpRequest, page: ProfilePage) -> HttpResponse:
        page.contact.opt_out(channel, how=OptOutSource.PROFILE)
        said = _("You get no more texts from us.") if channel == Channel.SMS else _("You get no more emails from us.")
        messages.success(request, said)
        return redirect(page.address())

    return stop


def _start(channel: Channel) -> Callable[[HttpRequest, ProfilePage], HttpResponse]:
    def start(request: HttpRequest, page: ProfilePage) -> HttpResponse:
        page.contact.opt_in(channel, how=OptOutSource.PROFILE)
        said = _("You get our texts again.") if channel == Channel.SMS else _("You get our emails again.")
        messages.success(request, said)
        return redirect(page.address())

    return start


#: What each form does; the field WHAT says which was sent.
SAVES = {
    "choices": _save_choices,
    **{f"stop-{channel.value}": _stop(channel) for channel in Channel},
    **{f"start-{channel.value}": _start(channel) for channel in Channel},
}


# --- Another email address ------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def email(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Ask for another address, and send a code to it."""
    page = _page(request, viewer)
    form = EmailForm(page.contact, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            if not EMAIL_CODES.count(str(page.contact.pk)):
                EmailChange.begin(page.contact, form.cleaned_data["email"])
                return redirect(page.address("profile-email-code"))
            form.add_error("email", _("You have asked for many codes. Wait an hour, or ask us to change it."))
    return render(request, "portal/profile/email.html", {"page": page, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def email_code(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Ask for the code that went to the new address, and change over to it."""
    page, now = _page(request, viewer), timezone.now()
    change = EmailChange.pending(page.contact, now)
    if change is None:
        return redirect(page.address("profile-email"))
    form, status = EmailCodeForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            wrong = change.finish(form.cleaned_data["code"], by=viewer.user, now=now)
            if not wrong:
                messages.success(request, _("Your email address is changed."))
                return redirect(page.address())
            form.add_error("code", wrong)
    context = {"page": page, "form": form, "change": change}
    return render(request, "portal/profile/email_code.html", context, status=status)
