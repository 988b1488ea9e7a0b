"""The worker's records about itself: its heartbeat, and which scheduled jobs have run."""

import datetime as dt

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WorkerHeartbeat(models.Model):
    """When each part of the worker last went on; one row for each, watched by the health page."""

    class Part(models.IntegerChoices):
        """The row of each part."""

        #: A task has run, from the schedule to its result. Release 0.2 knows this one only.
        TASKS = 1, _("Tasks")
        DELIVERY = 2, _("Delivery of messages")
        #: The process that watches over the tasks, whether or not there are any.
        SCHEDULER = 3, _("Schedules")

    id = models.PositiveSmallIntegerField(primary_key=True, default=Part.TASKS, editable=False)
    beat_at = models.DateTimeField(_("last heartbeat"))

    #: Longer than the longest task (Q_CLUSTER's timeout, five minutes): two at once do not mean a dead worker.
    SILENT_AFTER = dt.timedelta(minutes=6)
    #: For the parts that beat every five seconds.
    SOON_SILENT_AFTER = dt.timedelta(seconds=25)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id__in=[1, 2, 3]), name="worker_heartbeat_of_a_part")]

    def __str__(self) -> str:
        return self.beat_at.isoformat()

    @classmethod
    def beat(cls, part: Part = Part.TASKS) -> None:
        """Note that a part of the worker is alive now."""
        now = timezone.now()
        if not cls.objects.filter(pk=part).update(beat_at=now):
            cls.objects.update_or_create(pk=part, defaults={"beat_at": now})

    @classmethod
    def age(cls, part: Part = Part.TASKS) -> dt.timedelta | None:
        return cls.ages().get(part)

    @classmethod
    def ages(cls) -> dict[Part, dt.timedelta]:
        """Return how long ago each part beat. Negative if this machine's clock was set back or is slow."""
        now = timezone.now()
        beats = cls.objects.filter(pk__in=cls.Part.values).values_list("pk", "beat_at")
        return {cls.Part(pk): now - beat_at for pk, beat_at in beats}

    @classmethod
    def silent(cls) -> dict[Part, dt.timedelta | None]:
        """Return the parts that no longer go on, with the age of their last heartbeat.

        None if no worker has ever run. A part that never was is not silent while tasks run: then the worker is one of
        an earlier release. A heartbeat from the future says nothing, as it is not from this clock.
        """
        ages = cls.ages()
        if cls.Part.TASKS not in ages:
            return {cls.Part.TASKS: None}
        return {part: age for part, age in ages.items() if not -cls.SOON_SILENT_AFTER <= age <= cls.silent_after(part)}

    @classmethod
    def silent_after(cls, part: Part) -> dt.timedelta:
        return cls.SILENT_AFTER if part is cls.Part.TASKS else cls.SOON_SILENT_AFTER


class ScheduledRun(models.Model):
    """One slot of a job that must run once per slot, however many workers try."""

    job = models.CharField(_("job"), max_length=40)
    slot = models.DateTimeField(_("due at"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("scheduled run")
        verbose_name_plural = _("scheduled runs")
        ordering = ["-slot"]
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="one_run_per_job_and_slot")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot:%Y-%m-%d %H:%M}"

    #: A run that never finished, because its worker was killed, may be taken over after this long.
    TAKE_OVER_AFTER = dt.timedelta(minutes=15)

    @classmethod
    def claim(cls, job: str, slot: dt.datetime, now: dt.datetime) -> "ScheduledRun | None":
        """Claim the run of `job` for `slot`; None if another worker has it or has finished it."""
        try:
            with transaction.atomic():
                return cls.objects.create(job=job, slot=slot, started_at=now)
        except IntegrityError:
            lapsed = cls.objects.filter(job=job, slot=slot, finished_at=None, started_at__lt=now - cls.TAKE_OVER_AFTER)
            return cls.objects.get(job=job, slot=slot) if lapsed.update(started_at=now) else None

    def finish(self, result: str) -> None:
        """Note that the run is done, with a short result in English."""
        self.finished_at, self.result = timezone.now(), result[:200]
        self.save(update_fields=["finished_at", "result"])
