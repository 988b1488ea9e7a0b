"""A visit: entered by the code of a link, then seen at an address that is no secret; or seen from an account."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings.messages.calendar import visit_calendar
from bookings.models import BookingNotificationCode
from fsportal.lib.throttle import Throttle, client_of
from fsportal.models import AuditEntry
from portal.access.viewer import private
from portal.brand import image_response
from portal.visit.access import VisitAccess, at_visit, refused, remember_visit
from portal.visit.live import LiveMap
from portal.visit.page import VisitPage

#: Enough for a household or an office behind one address whose members mistype a link.
FAILURES = Throttle("visit-codes", limit=20, seconds=300)


@require_safe
@private
def enter(request: HttpRequest, code: str) -> HttpResponseBase:
    """Swap the code in a link for this visit's cookie, and go on at the clean address. Changes no row.

    With `?to=change`, as in the answer to a NO by text message, that is the page on which to choose another time.
    """
    found = BookingNotificationCode.find(code, timezone.now())
    if found is None:
        # Only failures count: a good link opens even if others guessed from the same address.
        wait = FAILURES.count(client_of(request))
        AuditEntry.count("link refused", subject=BookingNotificationCode.shut(code))
        return refused(request, wait=wait)
    response = redirect("visit-change" if request.GET.get("to") == "change" else "visit", public_id=found.public_id)
    remember_visit(response, found)
    return response


@require_safe
@at_visit
def see(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    page = VisitPage(access)
    return render(request, "portal/visit/visit.html", {"visit": page, "live": LiveMap.of(page)})


@require_POST
@at_visit
def opened(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Count that the page was opened. A script tells it, so that mail scanners which only fetch do not count."""
    if access.code:
        access.code.opened()
    return HttpResponse(status=204)


@require_safe
@at_visit
def calendar(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Return the visit as a calendar file, with the link that its reader used."""
    link = access.code.link if access.code else request.build_absolute_uri(access.to["page"])
    content = visit_calendar(access.booking, access.portal_settings, access.language, link)
    headers = {"Content-Disposition": 'attachment; filename="visit.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


@require_safe
@at_visit
def photo(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Show the technician's photo: only while they travel to this visit, and where the settings show it."""
    technician = VisitPage(access).technician
    if technician is None or not technician.has_photo:
        return refused(request)
    return image_response(access.booking.resource.photo.name) or refused(request)


@require_safe
@at_visit
def live(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Tell where the technician is and when they arrive, or that it is over: then the page loads itself again.

    `?line=` names the route that the page has already. Changes no row. Asked every 15 seconds by each open page, so it
    takes few queries: the visit, the settings, the last position, and the route if that is a new one.
    """
    found = LiveMap.of(VisitPage(access))
    return JsonResponse(found.as_json(request.GET.get("line", "")) if found else {"over": True})
