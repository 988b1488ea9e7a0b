"""Addresses that a customer may come to."""

from django.urls import path

from portal.views import brand, feedback, home, invitation, media, redeem, see_as, visit

urlpatterns = [
    path("", home.home, name="home"),
    path("redeem/", redeem.start, name="redeem"),
    path("redeem/<str:code>/", redeem.start, name="redeem-code"),
    path("invitation/", invitation.invitation, name="invitation"),
    path("leave/", see_as.leave, name="see-as-leave"),
    path("brand.css", brand.stylesheet, name="brand-css"),
    path("media/<path:path>", media.brand_image, name="media"),
    path("visit/see/<slug:public_id>/", visit.see, name="visit"),
    path("visit/see/<slug:public_id>/opened/", visit.opened, name="visit-opened"),
    path("visit/see/<slug:public_id>/visit.ics", visit.calendar, name="visit-calendar"),
    path("visit/see/<slug:public_id>/photo", visit.photo, name="visit-photo"),
    path("bookings/<uuid:pk>/", visit.see, name="booking"),
    path("bookings/<uuid:pk>/visit.ics", visit.calendar, name="booking-calendar"),
    path("bookings/<uuid:pk>/photo", visit.photo, name="booking-photo"),
    path("visit/see/<slug:public_id>/feedback/", feedback.give, name="visit-feedback"),
    path("bookings/<uuid:pk>/feedback/", feedback.give, name="booking-feedback"),
    path("visit/<str:code>/", visit.enter, name="visit-enter"),
]
