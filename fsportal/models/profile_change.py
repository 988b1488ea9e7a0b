"""What customers changed of themselves on their profile: enough to take it back from somebody who was not them."""

import datetime as dt
from itertools import groupby
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models.audit import AuditEntry
from fsportal.models.consent import Channel, OptOutSource

if TYPE_CHECKING:
    from fsportal.models.people import Contact, User

#: Which choice of messages a row is about: "message:<event>:<channel>".
MESSAGE = "message:"
YES, NO = "yes", "no"


class ProfileChange(models.Model):
    """One value that somebody changed as a contact. The rows go when the contact goes."""

    contact = models.ForeignKey("fsportal.Contact", models.CASCADE, related_name="profile_changes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    #: A field of the contact, or a message on a channel (MESSAGE).
    what = models.CharField(max_length=60)
    before = models.CharField(max_length=254, blank=True)
    after = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("profile change")
        verbose_name_plural = _("profile changes")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.what

    @classmethod
    def note(cls, contact: "Contact", what: str, before: str, after: str, *, by: "User") -> None:
        """Keep what one value was and what it is now."""
        cls.objects.create(contact=contact, by=by, what=what, before=before, after=after)

    @classmethod
    @transaction.atomic
    def take_back(cls, contact: "Contact", *, of: "User | None", since: dt.datetime, by: "User | None") -> bool:
        """Give the contact back what `of` has changed `since` (aware) and nobody else after them.

        `by` is the staff user who says that it was not the contact. Returns whether anything changed.
        """
        rows = cls.objects.filter(contact=contact, by=of, at__gte=since).order_by("what", "at", "pk")
        by_what = [(what, list(of_one)) for what, of_one in groupby(rows, lambda row: row.what)]
        given_back = [_give_back(contact, what, of_one[0].before, of_one[-1].after) for what, of_one in by_what]
        if contact.portal_user == of:  # else somebody else has had the profile page since
            given_back += [_give_consent_back(contact, channel, since, by) for channel in Channel]
        if any(given_back):
            AuditEntry.note(contact, "changes of the wrong person taken back", by=by)
        return any(given_back)


def _give_back(contact: "Contact", what: str, before: str, after: str) -> bool:
    """Set one value to what it was, if it is still what they made of it."""
    if what.startswith(MESSAGE):
        _message, event, channel = what.split(":")
        if contact.wants(event, channel) != (after == YES) or before == after:
            return False
        contact.choose(event, channel, is_wanted=before == YES)
        return True
    mine = type(contact)._default_manager.filter(pk=contact.pk, **{what: after}).exclude(**{what: before})
    if not mine.update(**{what: before}):
        return False
    setattr(contact, what, before)
    return True


def _give_consent_back(contact: "Contact", channel: Channel, since: dt.datetime, by: "User | None") -> bool:
    """Stop or start a channel again as it was at `since`, if it was the profile page that changed it last."""
    rows = contact.opt_outs.filter(channel=channel)
    had = rows.filter(Q(ended_at=None) | Q(ended_at__gte=since), since__lt=since).exists()
    last = rows.order_by("since").last()
    if last is None or had == (last.ended_at is None):
        return False
    if (last.ended_how if had else last.how) != OptOutSource.PROFILE:
        return False
    if had:
        contact.opt_out(channel, how=OptOutSource.STAFF, by=by)
    else:
        contact.opt_in(channel, how=OptOutSource.STAFF, by=by)
    return True
