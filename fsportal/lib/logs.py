"""Keeps secrets out of the logs: codes and tokens in addresses are replaced in every line."""

import logging
import re

# /visit/see/<public id>/ stays: it opens nothing without its cookie.
SECRET_ADDRESS = re.compile(
    r"(/(?:visit(?!/see/)|unsubscribe|redeem|accounts/password/reset/key(?!/done/)|accounts/confirm-email)/)[^/\s?\"']+"
)
# What identity providers send back, and anything else under such a name.
SECRET_PARAMETER = re.compile(r"([?&](?:code|state|token|key|id_token|access_token|device_?id)=)[^&\s\"'#]+")
# Trackers call their secret `id` (bookings/tracking/osmand.py); elsewhere an id is not secret.
TRACKER_ID = re.compile(r"(/track/?\?(?:[^\s\"'#]*&)?id=)[^&\s\"'#]+")


class HideCodes(logging.Filter):
    """Replaces secrets in addresses. Django itself logs the path of every request that it refuses or that fails."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line; every line passes."""
        line = record.getMessage()
        clean = SECRET_PARAMETER.sub(r"\1[code]", SECRET_ADDRESS.sub(r"\1[code]", line))
        clean = TRACKER_ID.sub(r"\1[code]", clean)
        if clean != line:
            record.msg, record.args = clean, None
        return True
