"""Addresses of the notification center."""

from django.urls import path

from notifications.inapp import card_verbs, open_link, poll, preferences, views

urlpatterns = [
    path("", views.center, name="notification-center"),
    path("poll", poll.poll, name="notification-poll"),
    path("open", open_link.open_link, name="notification-open"),
    path("seen", views.seen, name="notification-seen"),
    path("toasted", views.toasted, name="notification-toasted"),
    path("dismiss-all", views.dismiss_all, name="notification-dismiss-all"),
    path("undo", views.undo, name="notification-undo"),
    path("preferences/", preferences.preferences, name="notification-preferences"),
    path("preferences/<uuid:pk>/unmute", preferences.unmute, name="notification-unmute"),
    path("<uuid:pk>/mute", preferences.mute, name="notification-mute"),
    path("<uuid:pk>/snooze", card_verbs.snooze, name="notification-snooze"),
    path("<uuid:pk>/wake", card_verbs.wake, name="notification-wake"),
    path("<uuid:pk>/take", card_verbs.take, name="notification-take"),
    path("<uuid:pk>/give-back", card_verbs.give_back, name="notification-give-back"),
    path("<uuid:pk>/dismiss", views.dismiss, name="notification-dismiss"),
]
