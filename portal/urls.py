"""Addresses that a customer may come to."""

from django.urls import path

from portal.views import brand, home, media, profile, redeem, visit

urlpatterns = [
    path("", home.home, name="home"),
    path("redeem/", redeem.start, name="redeem"),
    path("redeem/<str:code>/", redeem.start, name="redeem-code"),
    path("profile/", profile.profile, name="profile"),
    path("profile/email/", profile.email, name="profile-email"),
    path("profile/email/code/", profile.email_code, name="profile-email-code"),
    path("brand.css", brand.stylesheet, name="brand-css"),
    path("media/<path:path>", media.brand_image, name="media"),
    path("visit/see/<slug:public_id>/", visit.see, name="visit"),
    path("visit/see/<slug:public_id>/opened/", visit.opened, name="visit-opened"),
    path("visit/see/<slug:public_id>/visit.ics", visit.calendar, name="visit-calendar"),
    path("visit/see/<slug:public_id>/photo", visit.photo, name="visit-photo"),
    path("bookings/<uuid:pk>/", visit.see, name="booking"),
    path("bookings/<uuid:pk>/visit.ics", visit.calendar, name="booking-calendar"),
    path("bookings/<uuid:pk>/photo", visit.photo, name="booking-photo"),
    path("visit/<str:code>/", visit.enter, name="visit-enter"),
]
