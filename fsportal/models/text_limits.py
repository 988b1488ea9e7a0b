"""The most text messages in a day: texts cost money, and strangers can cause some."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TextLimits(models.Model):
    """The fields of the settings record. A day is 24 hours from the first text on; 0 means no limit."""

    texts_per_number = models.PositiveIntegerField(
        _("texts to one number in a day"), default=20, db_default=20, help_text=_("0: no limit.")
    )
    texts_per_account = models.PositiveIntegerField(
        _("texts to one account in a day"), default=100, db_default=100, help_text=_("0: no limit.")
    )
    texts_per_day = models.PositiveIntegerField(
        _("texts in a day (spending limit)"),
        default=2000,
        db_default=2000,
        help_text=_(
            "Then no text goes out until the day is over or you raise the number; the health page and a card tell"
            " staff. 0: no limit."
        ),
    )

    class Meta:
        abstract = True
