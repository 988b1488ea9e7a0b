"""`manage.py start`: sets up what is missing, then runs web and worker until Ctrl-C or SIGTERM."""

import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.management import launcher, preparing

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Set up the database and static files, then run web and worker. Ctrl-C stops both."

    def add_arguments(self, parser: CommandParser) -> None:
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--web", action="store_true", help="only the web server")
        only.add_argument("--worker", action="store_true", help="only the worker")

    def handle(self, *args: Any, **options: Any) -> None:
        web, worker = not options["worker"], not options["web"]
        # Before the set-up, so that a taken port is reported at once.
        try:
            if web:
                launcher.require_free_port()
            preparing.prepare(static=web, say=self._say)
            launcher.Launcher(web=web, worker=worker, say=self._say).run(lambda: self._ready(web=web))
        except launcher.CannotStart as error:
            raise CommandError(str(error)) from error

    def _ready(self, *, web: bool) -> None:
        if not web:
            self._say("Ready: the worker runs.")
            return
        # Passwords of the demo are for somebody at a terminal, not for a log that is kept.
        for line in [] if settings.LOG_FORMAT == "json" else _sign_in_lines():
            self._say(line)
        self._say("Ctrl-C stops it.")
        self._say(f"Ready: {launcher.address()}")

    def _say(self, line: str) -> None:
        if settings.LOG_FORMAT == "json":
            # Whoever collects JSON lines wants nothing else.
            logger.info(line)
            return
        self.stdout.write(line)
        self.stdout.flush()


def _sign_in_lines() -> list[str]:
    sign_ins = preparing.sign_ins()
    if not sign_ins:
        return ["Make the first admin with: .venv/bin/python manage.py createsuperuser"]
    return ["", "Demo sign-ins:", *(f"  {name:<12} {password}" for name, password in sign_ins.items()), ""]
