"""Redeeming an invitation: the code, then one page that asks for what is missing, and an address for each answer."""

from django.urls import path

from portal.access.earlier_forms import also_by
from portal.invitations import code_views, views

ANSWERS = {
    "profile": views.make_profile,
    "add": views.add,
    "not-me": views.not_me,
    "who": views.say_who,
    "digits": views.check_digits,
    "another-code": views.another_code,
    "another-email": views.another_email,
}
urlpatterns = [
    path("redeem/", code_views.start, name="redeem"),
    path("redeem/<str:code>/", code_views.start, name="redeem-code"),
    path("invitation/", also_by("do", views.show, ANSWERS), name="invitation"),
    *(path(f"invitation/{name}/", view, name=f"invitation-{name}") for name, view in ANSWERS.items()),
]
