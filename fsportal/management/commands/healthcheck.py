"""`manage.py healthcheck`: exit 0 when all is well, else 1, with one sentence per problem."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from fsportal.lib import probes


class Command(BaseCommand):
    help = "Exit 0 when database, cache, worker heartbeat and queue ages are well; say what is not."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = probes.problems()
        self.stdout.write("\n".join(problems or ["All is well."]))
        if problems:
            sys.exit(1)
