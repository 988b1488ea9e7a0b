"""Customers' changes of their profile, so that staff can undo them if it was somebody else."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Prefix of `what` for a message choice: "message:<event>:<channel>".
MESSAGE = "message:"
YES, NO = "yes", "no"


class ProfileChange(models.Model):
    """One value that somebody changed on a contact's profile."""

    contact = models.ForeignKey("fsportal.Contact", models.CASCADE, related_name="profile_changes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    #: A field of the contact, or a message choice (MESSAGE).
    what = models.CharField(max_length=60)
    before = models.CharField(max_length=254, blank=True)
    after = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("profile change")
        verbose_name_plural = _("profile changes")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.what
