"""gunicorn's own lines in our format. Its main process never sets Django's logging up."""

import os
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from fsportal.lib.logs import HideCodes, formatter


class GunicornLogger(Logger):  # type: ignore[misc]
    """What gunicorn says about its processes; there is no access log."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(os.environ.get("LOG_FORMAT", "text")))
            handler.addFilter(HideCodes())
