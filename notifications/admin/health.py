"""The Health page: worker, queue, scheduled runs and channels, in plain words, with what to do."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fsportal.lib import probes
from fsportal.models import PortalSettings, ScheduledRun, WorkerHeartbeat
from fsportal.models.consent import Channel
from fsportal.settings_area.parts import ATTENTION, FAILED, GOOD, ago, span_words
from notifications.admin.health_check import Check
from notifications.admin.message_states import tone
from notifications.admin.report_checks import on_email, on_texts
from notifications.customers.health_probe import STUCK_AFTER
from notifications.customers.preparing import waits_for_name
from notifications.models import ChannelOutage, CustomerNotification, State

#: Worth a look. From STUCK_AFTER on it is a failure, as for `manage.py healthcheck`.
QUEUE_SLOW_AFTER = dt.timedelta(minutes=5)
COUNTED_DAYS = 14
START_IT = gettext_lazy("Start it with “manage.py start --worker” (or “manage.py start” for web and worker in one).")


def checks(now: dt.datetime) -> list[Check]:
    own = [*_worker(), _queue(now), *_company(), *_disks(), *_cache()]
    return [*own, _email(), *on_email(now), _sms(), *on_texts(now)]


def attention() -> int:
    """Return the number that the navigation shows beside this page."""
    return sum(check.tone == FAILED for check in checks(timezone.now()))


def silent_number() -> int:
    """Return how many parts of the worker are silent: the one check that every page can pay for."""
    return len(WorkerHeartbeat.silent())


def _worker() -> list[Check]:
    ages, silent = WorkerHeartbeat.ages(), WorkerHeartbeat.silent()
    if None in silent.values():
        return [Check(_("Worker"), FAILED, _("No worker has ever run. Nothing is sent until one does."), START_IT)]
    tasks = {part: age for part, age in ages.items() if part is not WorkerHeartbeat.Part.DELIVERY}
    return [
        _heard(_("Worker"), max(tasks.values()), is_silent=bool(tasks.keys() & silent.keys())),
        *(
            _heard(_("Delivery"), age, is_silent=part in silent)
            for part, age in ages.items()
            if part is WorkerHeartbeat.Part.DELIVERY
        ),
    ]


def _heard(name: str, age: dt.timedelta, *, is_silent: bool) -> Check:
    words = _("Last heard from %(ago)s.") % {"ago": ago(timezone.now() - age)}
    if not is_silent:
        return Check(name, GOOD, words)
    if age < dt.timedelta():
        return Check(name, FAILED, words, _("See whether this machine’s clock is right."))
    return Check(name, FAILED, words + " " + _("Messages wait until it runs again."), START_IT)


def _queue(now: dt.datetime) -> Check:
    due = CustomerNotification.objects.filter(state=State.QUEUED, due_at__lte=now, held_at=None)
    found: dict[str, Any] = due.aggregate(number=Count("pk"), oldest=Min("due_at"))
    name = _("Queue")
    if not found["number"]:
        return Check(name, GOOD, _("Nothing is waiting to be sent."))
    age = now - found["oldest"]
    words = ngettext("%(number)d message is due", "%(number)d messages are due", found["number"]) + _(
        ", the oldest for %(age)s."
    )
    words = words % {"number": found["number"], "age": span_words(age.total_seconds())}
    if age < QUEUE_SLOW_AFTER:
        return Check(name, GOOD, words)
    to_do = _("See whether the worker runs and whether the channels below are connected.")
    return Check(name, FAILED if age > STUCK_AFTER else ATTENTION, words, to_do)


def _company() -> list[Check]:
    """Return a check only if messages wait for the company's name."""
    if not waits_for_name(PortalSettings.load()):
        return []
    words = _("Customers get no messages: it has no name yet.")
    to_do = _("Write it in Customer Portal, Settings, Display. What waits then goes out at once.")
    return [Check(_("Company"), FAILED, words, to_do)]


def _disks() -> list[Check]:
    """Return a check for each disk that is full."""
    to_do = _("Delete or move something there. Nothing that was accepted is lost, but nothing new can be stored.")
    return [Check(_("Disk"), FAILED, words, to_do) for words in probes.problems_of(probes.DISKS)]


def _cache() -> list[Check]:
    """Return a check only if the cache fails."""
    if not probes.problems_of(probes.CACHE):
        return []
    words = _("It does not keep what it is given. Everything works without it, slower; guessing is not limited.")
    to_do = _("See whether what CACHE_URL names can be reached; where it is not set, run manage.py createcachetable.")
    return [Check(_("Cache"), FAILED, words, to_do)]


def _email() -> Check:
    return _channel(Channel.EMAIL, settings.EMAIL.described, "EMAIL_URL=smtp://user:password@host:port")


def _sms() -> Check:
    return _channel(Channel.SMS, settings.SMS.described, "SMS_URL=twilio://SID:TOKEN@FROM")


def _channel(channel: Channel, described: str, example: str) -> Check:
    name = str(channel.label)
    if outage := ChannelOutage.down().filter(channel=channel).first():
        words = _("Nothing has been accepted for %(span)s: %(why)s.") % {
            "span": span_words((timezone.now() - outage.since).total_seconds()),
            "why": outage.detail.rstrip("."),
        }
        to_do = _("Messages wait. One is tried every half minute, and all that are still true go out once it works.")
        return Check(name, FAILED, words, to_do)
    if described:
        return Check(name, GOOD, _("Connected: %(how)s.") % {"how": described})
    to_do = _("Set %(example)s in the environment and start again.") % {"example": example}
    if settings.DELIVERY_MODE == "simulate":
        return Check(name, GOOD, _("Not connected; not needed while delivery is simulated."))
    return Check(name, ATTENTION, _("Not connected: messages on this channel wait until they are too late."), to_do)


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if not request.user.has_perm("notifications.view_customernotification"):
        raise PermissionDenied
    now = timezone.now()
    since = now - dt.timedelta(days=COUNTED_DAYS)
    # All states are named, so that the index by state is read and nothing else.
    recent = CustomerNotification.objects.filter(created_at__gte=since, state__in=State.values).order_by()
    counts = dict(recent.values_list("state").annotate(number=Count("*")))
    states = [(label, tone(value), counts.get(value, 0), value) for value, label in State.choices]
    more = {
        "title": _("Health"),
        "checks": checks(now),
        "states": states,
        "days": COUNTED_DAYS,
        "runs": ScheduledRun.objects.all()[:10],
        "now": now,
    }
    return TemplateResponse(request, "admin/health.html", context | more)
