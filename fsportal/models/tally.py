"""The rows in which fsportal/lib/tallies.py counts."""

from django.db import models

from fsportal.lib import tallies


class Tally(models.Model):
    """How often something was done since its window began. The clean-up deletes those that are over."""

    #: The limit's name and a keyed hash of whom it counts.
    key = models.CharField(primary_key=True, max_length=100)
    number = models.PositiveIntegerField()
    #: When the window is over, in seconds since 1970 (UTC). Whole seconds, so that one statement suits both databases.
    ends = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = tallies.TABLE
        default_permissions = ()

    def __str__(self) -> str:
        return self.key.partition(":")[0]
