"""The worker's records about itself: its heartbeat, and which scheduled jobs have run."""

import datetime as dt

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WorkerHeartbeat(models.Model):
    """When a worker last ran a task; one row, watched by the health page and by `manage.py start`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    beat_at = models.DateTimeField(_("last heartbeat"))

    #: Longer than the longest task (Q_CLUSTER's timeout, five minutes): two at once do not mean a dead worker.
    SILENT_AFTER = dt.timedelta(minutes=6)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_worker_heartbeat")]

    def __str__(self) -> str:
        return self.beat_at.isoformat()

    @classmethod
    def beat(cls) -> None:
        """Note that a worker is alive now."""
        cls.objects.update_or_create(pk=1, defaults={"beat_at": timezone.now()})

    @classmethod
    def age(cls) -> dt.timedelta | None:
        beat = cls.objects.filter(pk=1).first()
        return timezone.now() - beat.beat_at if beat else None


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
