"""Rounds times as people say them: to five minutes."""

import datetime as dt
import math

#: People say "between ten past and twenty-five past", not "between 11:13 and 11:22".
STEP = dt.timedelta(minutes=5)


def rounded_up(moment: dt.datetime, step: dt.timedelta = STEP) -> dt.datetime:
    """Return the next whole step at or after `moment` (aware), in UTC."""
    return _at(math.ceil(moment.timestamp() / step.total_seconds()), step)


def rounded_down(moment: dt.datetime, step: dt.timedelta = STEP) -> dt.datetime:
    """Return the last whole step at or before `moment` (aware), in UTC."""
    return _at(math.floor(moment.timestamp() / step.total_seconds()), step)


def _at(steps: int, step: dt.timedelta) -> dt.datetime:
    return dt.datetime.fromtimestamp(steps * step.total_seconds(), tz=dt.UTC)
