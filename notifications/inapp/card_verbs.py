"""The buttons with which staff snooze a card, wake it, take it, and give it back. All of them are forms.

A script gets a sentence to show; without scripts the notification center shows it.
"""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fsportal.lib import zones
from fsportal.models import User
from notifications.inapp import snoozing, taking
from notifications.inapp.views import done, is_script, with_bell
from notifications.models import AppNotification


@require_POST
@with_bell
def snooze(request: HttpRequest, user: User, pk: uuid.UUID) -> HttpResponse:
    """Snooze one of the user's own cards until a time, or say why not."""
    now = timezone.now()
    row = AppNotification.objects.live(now).filter(owner=user, pk=pk).first()
    if row is None:
        return _gone(request)
    zone = snoozing.zone_of(user)
    choice, at = request.POST.get("for", snoozing.AT), request.POST.get("at", "")
    try:
        until = snoozing.until(choice, at, zone, now, row.expires_at)
    except snoozing.WrongTime as wrong:
        return _said(request, str(wrong), refused=True)
    AppNotification.snooze(user, pk, until=until)
    when = zones.moment(until, zone, translation.get_language() or "en", now=now)
    return _said(request, _("Snoozed until %(when)s.") % {"when": when})


@require_POST
@with_bell
def wake(request: HttpRequest, user: User, pk: uuid.UUID) -> HttpResponse:
    return _said(request, _("It is back.")) if AppNotification.wake(user, pk) else _gone(request)


@require_POST
@with_bell
def take(request: HttpRequest, user: User, pk: uuid.UUID) -> HttpResponse:
    """Take a card, or say who has it. `instead_of` is whom the page showed as being on it."""
    try:
        is_taken = taking.take(user, pk, instead_of=_uuid(request.POST.get("instead_of", "")))
    except taking.TakenAlready as taken:
        if taken.by is None:
            return _said(request, _("Nobody is on it any more. Press “I'll take it” if you are."), refused=True)
        return _said(request, _("%(name)s is on it already.") % {"name": taken.by}, refused=True)
    return _said(request, _("You are on it. Your colleagues see that.")) if is_taken else _gone(request)


@require_POST
@with_bell
def give_back(request: HttpRequest, user: User, pk: uuid.UUID) -> HttpResponse:
    if not taking.give_back(user, pk):
        return _said(request, _("You are not on it any more."), refused=True)
    return _said(request, _("Given back. It is new again for your colleagues."))


def _gone(request: HttpRequest) -> HttpResponse:
    return _said(request, _("That notification is not there any more."), refused=True)


def _said(request: HttpRequest, words: str, *, refused: bool = False) -> HttpResponse:
    if is_script(request):
        return JsonResponse({"said": words}, status=409 if refused else 200)
    messages.add_message(request, messages.WARNING if refused else messages.SUCCESS, words)
    return done(request)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
