"""The one command: set up, then run web and worker, or one of them."""

import logging
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.lib.private_files import UMASK
from fsportal.management import launcher, preparing, web_server
from fsportal.management.processes import Child, Lifeline

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Set up the database and static files, then run web and worker. Ctrl-C stops both."

    def add_arguments(self, parser: CommandParser) -> None:
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--web", action="store_true", help="only the web server")
        only.add_argument("--worker", action="store_true", help="only the worker")

    def handle(self, *args: Any, **options: Any) -> None:
        web, worker = not options["worker"], not options["web"]
        port = web_server.Port() if web else None
        os.umask(UMASK)
        try:
            # Before the set-up, so that a taken port is reported at once.
            if port:
                port.take()
            self._prepare(static=web)
            launcher.Launcher(port=port, worker=worker, say=self._say).run(lambda: self._ready(web=web))
        except (launcher.CannotStart, web_server.PortTaken) as error:
            raise CommandError(str(error)) from error

    def _prepare(self, *, static: bool) -> None:
        """Set up in a process of its own, whose memory is free again when it is done."""
        setting_up = Child("set-up", lambda pulse: preparing.prepare(static=static, say=self._say), lifeline=Lifeline())
        setting_up.start()
        if setting_up.wait():
            raise CommandError("The set-up failed; the last messages above say why.")

    def _ready(self, *, web: bool) -> None:
        if not web:
            self._say("Ready: the worker runs.")
            return
        # Passwords of the demo are for somebody at a terminal, not for a log that is kept.
        for line in [] if settings.LOG_FORMAT == "json" else _sign_in_lines():
            self._say(line)
        self._say("Ctrl-C stops it.")
        self._say(f"Ready: {web_server.address()}")

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
