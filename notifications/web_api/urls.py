"""Addresses of the Web API. Its paths hold parentheses and keys, so routing.py parses them."""

from django.urls import re_path

from notifications.web_api import views

urlpatterns = [
    re_path(r"^(?P<version>[^/]*)(?:/(?P<path>.*))?$", views.serve, name="web-api"),
]
