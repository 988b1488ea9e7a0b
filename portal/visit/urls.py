"""The pages of one visit."""

from django.urls import URLPattern, path

from portal.access.earlier_forms import also_by
from portal.visit import answer, change, feedback, proof_views, views


def addresses(way: str) -> list[URLPattern]:
    """Return them for one way in, which begins their names: `booking` (account) or `visit` (link in a message)."""
    return [
        path("", views.see, name=way),
        path("opened/", views.opened, name=f"{way}-opened"),
        path("visit.ics", views.calendar, name=f"{way}-calendar"),
        path("photo", views.photo, name=f"{way}-photo"),
        path("live", views.live, name=f"{way}-live"),
        path(
            "change/",
            also_by("step", change.choose, {"check": change.check, "move": change.move}),
            name=f"{way}-change",
        ),
        path("change/check/", change.check, name=f"{way}-check"),
        path("change/move/", change.move, name=f"{way}-move"),
        path("cancel/", change.cancel, name=f"{way}-cancel"),
        path("ask/", change.ask, name=f"{way}-ask"),
        path("answer/", answer.take, name=f"{way}-answer"),
        path("confirm/", proof_views.send_code, name=f"{way}-confirm"),
        path("confirm/code/", proof_views.take_code, name=f"{way}-code"),
        path("feedback/", feedback.give, name=f"{way}-feedback"),
    ]
