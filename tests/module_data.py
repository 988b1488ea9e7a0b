"""Rows that all tests of a module begin with: made once for each worker, not once for each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def module_data(blocker: DjangoDbBlocker, make: Callable[[], object]) -> Iterator[None]:
    """Let `make` write rows, and keep them until the block ends; for fixtures of module scope.

    Each test runs in a savepoint, so what it changes goes with it. Transactional tests of the module would not see it.
    """
    with blocker.unblock(), transaction.atomic():
        make()
        with blocker.block():
            yield
        transaction.set_rollback(True)
