"""What follows from delivering a message, such as a card for staff, and must not undo the record of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, transaction

logger = logging.getLogger(__name__)

#: What the database raises when it is away.
DATABASE_AWAY = (OperationalError, InterfaceError)


@contextmanager
def side_task(failure: str, *about: object) -> Iterator[None]:
    """Run a block in a savepoint of its own; if it fails, log `failure` (with `about` filled in) and go on.

    Raises what the database raises when it is away: then nothing is recorded either.
    """
    try:
        with transaction.atomic():
            yield
    except DATABASE_AWAY:
        raise
    except Exception:
        logger.exception(failure, *about)
