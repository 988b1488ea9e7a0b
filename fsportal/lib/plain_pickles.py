"""Reads pickles of plain data only, where others' code reads them from rows: a pickle can run anything."""

import datetime as dt
import io
import logging
import pickle
from typing import Any

logger = logging.getLogger(__name__)

#: Besides text, numbers, lists and the like, which name no class.
ALLOWED = {("datetime", name): getattr(dt, name) for name in ("datetime", "date", "timedelta", "timezone")}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name}") from None


def loads(data: bytes) -> Any:
    """Return the value, or None for what is more than plain data."""
    try:
        return _PlainUnpickler(io.BytesIO(data)).load()
    except Exception as error:  # noqa: BLE001 (whoever wrote it may have written anything)
        logger.warning("A stored value is not read, since it is not plain data (%s)", type(error).__name__)
        return None
