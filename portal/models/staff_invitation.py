"""Invitations of staff: a link by email with which somebody chooses their password, once and for some days."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fsportal.lib import codes
from fsportal.models import AuditEntry, User
from fsportal.models.consent import Channel
from notifications.customers import outbox

LIVES_FOR = dt.timedelta(days=7)
#: The event of its message (portal/staff_invitations/message.py).
EVENT = "staff_invitation"


class StaffInvitationState(models.TextChoices):
    """Worked out from the dates, never stored."""

    OPEN = "open", _("Invited")
    ACCEPTED = "accepted", _("Accepted")
    EXPIRED = "expired", _("Invitation expired")
    WITHDRAWN = "withdrawn", _("Invitation withdrawn")


class StaffInvitationQuerySet(models.QuerySet["StaffInvitation"]):
    def not_over(self, now: dt.datetime) -> Self:
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)

    def open(self, now: dt.datetime) -> Self:
        """Return those whose link works. Once an admin lets the user in by hand, it never does again."""
        return self.not_over(now).filter(user__in=User.objects.filter(_not_here_yet()).values("pk"))


class StaffInvitation(models.Model):
    """The way in of one user, who exists already with their roles but is inactive and has no password.

    The code in the link is derived (docs/decisions/0003-derived-codes.md), also from the address: once somebody
    corrects that, a link in the wrong mailbox opens nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="staff_invitation", verbose_name=_("user"))
    public_id = models.CharField(max_length=10, unique=True, default=codes.public_id, editable=False)
    generation = models.PositiveIntegerField(default=0, editable=False)
    inviter = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("inviter"))
    language = models.CharField(_("language"), max_length=16)
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = StaffInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation of staff")
        verbose_name_plural = _("invitations of staff")

    def __str__(self) -> str:
        return str(self.user)

    @classmethod
    @transaction.atomic
    def invite(cls, user: User, roles: Iterable[Group], *, by: User, language: str, now: dt.datetime) -> Self:
        """Store a user who cannot sign in yet, and queue the email with their link."""
        user.is_active = False
        user.set_unusable_password()
        user.save(force_insert=True)
        user.groups.set(roles)
        invitation = cls(user=user, language=language)
        invitation.send(by=by, now=now)
        return invitation

    @transaction.atomic
    def send(self, *, by: User, now: dt.datetime) -> None:
        """Queue the email with a new link, which works from `now` on; earlier links no longer do."""
        self.generation += 1
        self.inviter, self.sent_at, self.expires_at, self.withdrawn_at = by, now, now + LIVES_FOR, None
        self.save()
        AuditEntry.note(self.user, "invited" if self.generation == 1 else "invited again", by=by)
        outbox.queue(
            EVENT,
            contact=None,
            channels=[Channel.EMAIL],
            regarding=self,
            revision=self.generation,
            to=self.user.email,
            language=self.language,
        )

    @transaction.atomic
    def withdraw(self, *, by: User, now: dt.datetime) -> bool:
        """Let the link open nothing any more; returns whether it did until now. The user stays, inactive."""
        withdrawn = type(self).objects.not_over(now).filter(pk=self.pk).update(withdrawn_at=now)
        if withdrawn:
            AuditEntry.note(self.user, "invitation withdrawn", by=by)
        return bool(withdrawn)

    @transaction.atomic
    def accept(self, hashed_password: str, now: dt.datetime) -> bool:
        """Let the user in with this password; False, without a change, if the link has been used or is over."""
        # Each condition is about the updated row itself: with a join, two at once would both get through on PostgreSQL.
        own = type(self).objects.not_over(now).filter(pk=self.pk, generation=self.generation)
        waits = User.objects.filter(_not_here_yet(), pk=self.user_id)
        if not own.update(accepted_at=now) or not waits.update(password=hashed_password, is_active=True):
            transaction.set_rollback(True)
            return False
        self.user.refresh_from_db()
        AuditEntry.note(self.user, "invitation accepted", by=self.user)
        return True

    @classmethod
    def by_code(cls, code: str, now: dt.datetime) -> "StaffInvitation | None":
        """Return the open invitation that this code opens, or None."""
        public, secret = codes.split_code(code)
        found = cls.objects.open(now).select_related("user").filter(public_id=public).first()
        if found is None or not codes.is_code_for(secret, found.purpose, public, found.generation):
            return None
        return found

    @property
    def purpose(self) -> str:
        return f"staff-invitation:{self.user.email}"

    @property
    def link(self) -> str:
        code = codes.code_for(self.purpose, self.public_id, self.generation)
        return str(settings.SITE_URL + reverse("join-code", args=[code]))

    def state(self, now: dt.datetime) -> StaffInvitationState:
        """Return the state; ACCEPTED also for somebody whom an admin let in by hand."""
        if self.accepted_at or self.user.is_active or self.user.last_login or self.user.has_usable_password():
            return StaffInvitationState.ACCEPTED
        if self.withdrawn_at:
            return StaffInvitationState.WITHDRAWN
        return StaffInvitationState.OPEN if now < self.expires_at else StaffInvitationState.EXPIRED


def _not_here_yet() -> Q:
    """Return which users have neither a password nor signed in; those who left are inactive, too."""
    return Q(is_active=False, last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)


def waiting() -> Q:
    """Return which users were invited and have not come in."""
    return Q(staff_invitation__isnull=False, staff_invitation__accepted_at=None) & _not_here_yet()
