"""How somebody wants to see a list: views with a name, and the columns of the list itself."""

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """One view of one list, of one user. The one without a name is the list itself, of which only columns are kept.

    They share a table so that a list asks for both at once.
    """

    #: Views per user and list, so that the tabs fit.
    MOST = 20

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    #: The label of the model, such as "bookings.booking".
    of_list = models.CharField(max_length=100)
    name = models.CharField(_("name"), max_length=60, blank=True)
    #: Filters and order, as in the address, without the question mark.
    query = models.CharField(max_length=2000, blank=True)
    #: What is looked for, as it is typed: it may name a person who is to be forgotten.
    search = models.CharField(max_length=200, blank=True)
    #: Names of columns; empty for those that the list has by itself.
    columns = models.JSONField(default=list, blank=True)
    #: Whether the list opens with it.
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "of_list", "name"], name="one_saved_view_per_name"),
            models.UniqueConstraint(
                fields=["user", "of_list"], condition=models.Q(is_default=True), name="one_default_view_per_list"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choose_columns(cls, user: Any, of_list: str, columns: list[str]) -> None:
        """Keep the columns of a list without a view."""
        cls.objects.update_or_create(user=user, of_list=of_list, name="", defaults={"columns": columns})

    @transaction.atomic
    def make_default(self, *, wanted: bool) -> None:
        """Let the list open with this view, or no longer."""
        mine = SavedView.objects.filter(user=self.user_id, of_list=self.of_list)
        # Two at once wait for each other: each would see no default, and the second break the constraint.
        list(mine.order_by("pk").select_for_update().values_list("pk", flat=True))
        mine.filter(is_default=True).exclude(pk=self.pk).update(is_default=False)
        mine.filter(pk=self.pk).update(is_default=wanted)
