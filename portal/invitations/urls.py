"""Redeeming an invitation: the code, then one page that asks for what is missing, and an address for each answer."""

from django.urls import path

from portal.access.earlier_forms import also_by
from portal.invitations import code_page, page

ANSWERS = {
    "profile": page.make_profile,
    "add": page.add,
    "not-me": page.not_me,
    "who": page.say_who,
    "digits": page.check_digits,
    "another-code": page.another_code,
    "another-email": page.another_email,
}
urlpatterns = [
    path("redeem/", code_page.start, name="redeem"),
    path("redeem/<str:code>/", code_page.start, name="redeem-code"),
    path("invitation/", also_by("do", page.show, ANSWERS), name="invitation"),
    *(path(f"invitation/{name}/", view, name=f"invitation-{name}") for name, view in ANSWERS.items()),
]
