"""Addresses that a customer may come to."""

from django.urls import path

from portal.views import brand, home, media, visit

urlpatterns = [
    path("", home.home, name="home"),
    path("brand.css", brand.stylesheet, name="brand-css"),
    path("media/<path:path>", media.brand_image, name="media"),
    path("visit/see/<slug:public_id>/", visit.see, name="visit"),
    path("visit/see/<slug:public_id>/opened/", visit.opened, name="visit-opened"),
    path("visit/see/<slug:public_id>/visit.ics", visit.calendar, name="visit-calendar"),
    path("visit/see/<slug:public_id>/photo", visit.photo, name="visit-photo"),
    path("visit/<str:code>/", visit.enter, name="visit-enter"),
]
