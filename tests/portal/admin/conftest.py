"""The cast of the Settings area."""

from tests.admin_cast import (  # noqa: F401  (fixtures)
    account,
    admin,
    booking,
    contact,
    dispatcher,
    make_booking,
    make_message,
    reader,
    resource,
    stranger,
)
