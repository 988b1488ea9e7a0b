"""`manage.py doctor`: exit 0 if nothing has to be done, else 1."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from fsportal.management.doctor import company, database, machine, mail, mail_reports, network
from fsportal.management.doctor.finding import Examination, Finding, FindingLevel, kind, wrong

#: The clock comes last: it compares with whoever has answered before.
EXAMINATIONS: dict[str, Examination] = {
    "database": database.database,
    "cache": machine.cache,
    "worker": machine.worker,
    "disk": machine.space,
    "settings": machine.environment,
    "secrets": machine.secrets,
    "company": company.name,
    "time zone": company.zone,
    "technicians": company.technicians,
    "site": network.site,
    "mail": mail.server,
    "domain": mail.domain,
    "webhook of email": mail_reports.webhook,
    "email that comes back": mail_reports.returned_mail,
    "sms": network.sms,
    "tiles": network.tiles,
    "routing": network.routing,
    "geocoding": network.geocoding,
    "clock": network.clock,
}


class Command(BaseCommand):
    help = "Examine this installation: for each part say whether it is well, or what is wrong and what to do."
    #: Reported as findings, with everything else, instead of ending the command.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        levels = set()
        for about, examination in EXAMINATIONS.items():
            for finding in _findings(about, examination):
                levels.add(finding.level)
                self.stdout.write(str(finding))
                self.stdout.flush()
        if FindingLevel.WRONG in levels:
            sys.exit(1)


def _findings(about: str, examination: Examination) -> list[Finding]:
    try:
        return list(examination())
    except Exception as error:  # noqa: BLE001  (one examination that breaks must not end the others)
        return [wrong(about, f"It could not be examined ({kind(error)}).", "See what is wrong above.")]
