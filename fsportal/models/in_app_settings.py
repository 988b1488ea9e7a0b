"""The part of the settings record about in-app notifications for staff."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class InAppSettings(models.Model):
    """Fields of the settings record."""

    in_app_notifications = models.BooleanField(_("in-app notifications"), default=True)
    in_app_expiry_days = models.PositiveSmallIntegerField(
        _("default expiry, days"), default=14, validators=[MinValueValidator(1)]
    )
    toast_seconds = models.PositiveSmallIntegerField(
        _("toast time, seconds"), default=4, validators=[MinValueValidator(1)]
    )
    in_app_poll_seconds = models.PositiveSmallIntegerField(
        _("ask for new ones every, seconds"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_(
            "While a page is open and visible. 0: only when a page is opened and the last time was over a minute ago."
        ),
    )
    unopened_card_minutes = models.PositiveSmallIntegerField(
        _("mail unopened cards after, minutes"),
        default=15,
        db_default=15,
        validators=[MaxValueValidator(1440)],
        help_text=_(
            "A card of high priority that nobody has opened, taken or snoozed by then is mailed once to the people on"
            " call. 0: never."
        ),
    )
    on_call = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name=_("on call"),
        help_text=_("Who gets that email, at the address of their user. Nobody chosen: it is not sent."),
    )

    class Meta:
        abstract = True
