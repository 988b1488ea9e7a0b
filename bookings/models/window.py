"""Arrival windows: what customers are told instead of the minute at which a visit begins."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArrivalWindow(models.Model):
    """The fields of a booking. Both are set (UTC), or neither: then customers are told the start."""

    window_start = models.DateTimeField(_("arrival window, from"), null=True, editable=False)
    window_end = models.DateTimeField(_("arrival window, until"), null=True, editable=False)

    class Meta:
        abstract = True
