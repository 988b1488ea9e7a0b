"""The technician's page and what its buttons send."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings.models import AskFirst, Booking, CalendarFeed, Resource, Tap, TapOutcome, TapVerb, Tracker
from bookings.technician.access import technician_page, wants_json
from bookings.technician.buttons import SAID, STATE_WORDS
from bookings.technician.day import WorkDay
from bookings.technician.forms import TapForm
from fsportal.lib.text import one_line
from fsportal.models import PortalSettings

WORKER = "js/technician-worker.js"


@require_safe
@technician_page
def day(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Show today's visits. Changes no row."""
    shown = WorkDay(resource, PortalSettings.load(), get_language() or "en", timezone.now())
    return render(request, "technician/day.html", {"day": shown, "states": STATE_WORDS})


@require_POST
@technician_page
def taps(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Make a tap: a script gets its outcome, a browser without scripts the page with a sentence.

    A tap made by somebody else on the same phone does not count as this user's: 403, and the phone keeps it.
    """
    if request.POST.get("user") not in (None, str(request.user.pk)):
        return _answer(request, TapOutcome.REFUSED, _("Somebody else tapped this; you are signed in now."), status=403)
    form = TapForm(request.POST)
    if not form.is_valid():
        return _answer(request, TapOutcome.REFUSED, _("The tap could not be read. Load the page again."), status=400)
    assert resource.user is not None  # only technicians get past the decorator
    try:
        tap = form.tap(resource.user).make()
    except AskFirst as asked:
        return _ask(request, form, str(asked))
    except (Booking.DoesNotExist, LookupError):
        if not wants_json(request):
            raise Http404 from None
        return _answer(request, TapOutcome.REFUSED, _("This visit is not yours any more."), status=404)
    return _answer(request, tap.outcome, _sentence(tap))


def _ask(request: HttpRequest, form: TapForm, question: str) -> HttpResponse:
    """Ask whether the tap is meant: on its phone, which keeps it meanwhile, or on a page with the same tap."""
    if wants_json(request):
        # Scripts of the release before know no question, and say nothing of `sure`; a refusal they show.
        return _answer(request, "ask" if "sure" in request.POST else TapOutcome.REFUSED, question)
    label = TapVerb(form.cleaned_data["verb"]).label
    return render(request, "technician/ask.html", {"tap": form.cleaned_data, "question": question, "label": label})


def _sentence(tap: Tap) -> str:
    if tap.outcome == TapOutcome.REFUSED:
        return tap.answer
    visit = one_line(tap.booking.work_order.incident_type.name, 60)
    return str(SAID[TapVerb(tap.verb)] % {"visit": visit})


def _answer(request: HttpRequest, outcome: str, sentence: str, *, status: int = 200) -> HttpResponse:
    if wants_json(request):
        now = timezone.now().isoformat()
        return JsonResponse({"outcome": outcome, "answer": sentence, "at": now}, status=status)
    level = messages.ERROR if outcome == TapOutcome.REFUSED else messages.SUCCESS
    messages.add_message(request, level, sentence)
    return redirect("technician")


@require_safe
@technician_page
def tracker(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Show how to connect a tracker app: server address and device id, which is this technician's secret."""
    own = Tracker.objects.filter(resource=resource).first()
    return render(request, "technician/tracker.html", {"tracker": own, "server": f"{settings.SITE_URL}/track/"})


@require_POST
@technician_page
def connect_tracker(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Make a device id; with `new` another one, and reports with the old one are refused."""
    own = Tracker.connect(resource, by=resource.user)
    if "new" in request.POST:
        own.rotate(by=resource.user)
    return redirect("technician-tracker")


@require_safe
@technician_page
def calendar(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Show the address of the technician's calendar feed, which is their secret."""
    feed = CalendarFeed.objects.filter(resource=resource).select_related("resource__user").first()
    return render(request, "technician/calendar.html", {"feed": feed})


@require_POST
@technician_page
def connect_calendar(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Make an address; with `new` another one. What staff have revoked only staff open again."""
    feed = CalendarFeed.of_technician(resource, by=resource.user)
    if "new" in request.POST and feed.revoked_at is None:
        feed.rotate(by=resource.user)
    return redirect("technician-calendar")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the script that keeps the page for when there is no connection, a service worker.

    Not below /static/, because a worker only serves addresses below its own.
    """
    found = finders.find(WORKER)
    assert isinstance(found, str)
    return HttpResponse(
        Path(found).read_text(encoding="utf-8"),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )
