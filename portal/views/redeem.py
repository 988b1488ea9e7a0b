"""Redeeming an invitation: the code, for whom it is, a portal profile, signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def start(request: HttpRequest, code: str = "") -> HttpResponse:
    """Ask for the code."""
    return render(request, "portal/home.html")
