"""Running numbers that people read out on the phone."""

from django.db import models, transaction


class NumberSeries(models.Model):
    """One series of numbers by its prefix, and the last number given. One UPDATE gives the next."""

    prefix = models.CharField(max_length=10, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()  # internal; no page shows it

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last:06}"

    @classmethod
    @transaction.atomic
    def following(cls, prefix: str) -> str:
        """Return the next number, such as "P-000123". Nobody else gets it: they wait until this transaction ends."""
        cls.objects.get_or_create(prefix=prefix)
        cls.objects.filter(prefix=prefix).update(last=models.F("last") + 1)
        return str(cls.objects.get(prefix=prefix))
