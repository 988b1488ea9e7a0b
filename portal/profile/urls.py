"""The customer's profile."""

from functools import partial

from django.urls import path

from fsportal.models.consent import Channel
from portal.access.earlier_forms import also_by
from portal.access.viewer import View
from portal.profile import email_undo, views

EARLIER: dict[str, View] = {
    "choices": views.choose,
    **{f"stop-{channel}": partial(views.stop, channel=channel) for channel in Channel.values},
    **{f"start-{channel}": partial(views.start, channel=channel) for channel in Channel.values},
}
urlpatterns = [
    path("", also_by("what", views.profile, EARLIER), name="profile"),
    path("choices/", views.choose, name="profile-choices"),
    path("stop/<slug:channel>/", views.stop, name="profile-stop"),
    path("start/<slug:channel>/", views.start, name="profile-start"),
    path("email/", views.email, name="profile-email"),
    path("email/undo/<str:token>/", email_undo.undo, name="profile-email-undo"),
    path("email/code/", views.email_code, name="profile-email-code"),
]
