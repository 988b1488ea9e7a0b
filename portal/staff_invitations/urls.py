"""Addresses of the link in an invitation of staff."""

from django.urls import path

from portal.staff_invitations import views

urlpatterns = [
    path("", views.join, name="join"),
    path("<str:code>/", views.enter, name="join-code"),
]
