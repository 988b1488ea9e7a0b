"""Calendar feeds: each gives whoever has its secret address the visits of one technician or team."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.resources import Resource, Team
from fsportal.lib import codes
from fsportal.models import AuditEntry, AuditKind, User

FEED_PURPOSE = "calendar"


class CalendarFeed(models.Model):
    """The address is derived, not stored (docs/decisions/0003-derived-codes.md); a new one ends the old."""

    audit_kind = AuditKind.LINKS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=16, unique=True, default=codes.public_id, editable=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    resource = models.OneToOneField(
        Resource, models.CASCADE, null=True, blank=True, related_name="calendar_feed", verbose_name=_("technician")
    )
    team = models.OneToOneField(
        Team, models.CASCADE, null=True, blank=True, related_name="calendar_feed", verbose_name=_("team")
    )
    has_details = models.BooleanField(
        _("with phone numbers and notes"),
        default=False,
        help_text=_("Calendars of phones are often copied to other services. Without them: customer, place, service."),
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(resource=None, team__isnull=False) | models.Q(resource__isnull=False, team=None),
                name="feed_of_a_technician_or_a_team",
                violation_error_message=_("Choose a technician or a team."),
            )
        ]

    def __str__(self) -> str:
        return str(self.resource or self.team)

    @classmethod
    def find(cls, code: str) -> "CalendarFeed | None":
        """Return the feed that a code opens. Unknown, wrong and revoked codes give None after the same work.

        So do those of a technician who is not active any more.
        """
        public, secret = codes.split_code(code)
        found = cls.objects.filter(public_id=public).select_related("resource__user", "team").first()
        matches = codes.is_code_for(secret, FEED_PURPOSE, public or "-", found.generation if found else 1)
        return found if found and matches and found.is_open else None

    @property
    def is_open(self) -> bool:
        """Tell whether the address answers: not if the technician has left."""
        if self.revoked_at is not None:
            return False
        resource = self.resource
        return resource is None or (resource.is_active and (resource.user is None or resource.user.is_active))

    @property
    def address(self) -> str:
        """Return the secret address. Whoever has it reads the visits: never log it, never store it."""
        code = codes.code_for(FEED_PURPOSE, self.public_id, self.generation)
        return f"{settings.SITE_URL}/calendar/{code}.ics"

    @property
    def subscription(self) -> str:
        """Return the address that calendars of phones open as a subscription."""
        return f"webcal://{self.address.partition('://')[2]}"

    @classmethod
    @transaction.atomic
    def of_technician(cls, resource: Resource, *, by: User | None) -> "CalendarFeed":
        """Return the technician's feed, making it on first use. A revoked one stays revoked."""
        feed, is_new = cls.objects.get_or_create(resource=resource)
        if is_new:
            AuditEntry.note(feed, "created", by=by)
        return feed

    @transaction.atomic
    def revoke(self, *, by: User | None) -> bool:
        """Close the address until it gets a new one; False if it was closed already."""
        changed = bool(type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()))
        if changed:
            AuditEntry.note(self, "blocked", by=by)
        return changed

    @transaction.atomic
    def rotate(self, *, by: User | None) -> None:
        """Give it another address, and open it again if it was revoked; the old address answers no more."""
        again = {"generation": models.F("generation") + 1, "revoked_at": None}
        type(self).objects.filter(pk=self.pk).update(**again)
        self.refresh_from_db()
        AuditEntry.note(self, "rotated", by=by)

    @transaction.atomic
    def set_details(self, has_details: bool, *, by: User | None) -> None:
        type(self).objects.filter(pk=self.pk).update(has_details=has_details)
        AuditEntry.note(self, "changed", by=by, why="with details" if has_details else "without details")
