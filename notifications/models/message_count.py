"""How many messages were written on a day, for the reports (notifications/message_counts.py counts them)."""

from django.db import models

from fsportal.models.consent import Channel
from notifications.models.customer_notification import State


class MessageCount(models.Model):
    """The messages of one day, by the company's clock, that are in one state on one channel by one provider."""

    day = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    #: Who was asked last to carry them; empty if nobody was.
    provider = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["day", "state", "channel", "provider"], name="one_count_of_messages_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.state} {self.channel} {self.provider}"
