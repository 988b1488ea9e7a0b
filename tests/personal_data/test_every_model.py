"""No model is forgotten: whatever could hold personal data is handled by a `personal_data` module, or named there."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from fsportal.management.erasing import APPS
from fsportal.models import Contact, User

OURS = ("fsportal", "notifications", "bookings", "portal")
#: What others' models hold of a person. Handled means: test_erase_person.py fills it and finds nothing.
OF_OTHERS = {
    "account.EmailAddress": "handled: goes with the user",
    "account.EmailConfirmation": "goes with its address; never made (ACCOUNT_EMAIL_VERIFICATION is none)",
    "admin.LogEntry": "handled: the name and what was changed are blanked",
    "auth.Group": "rights, no person",
    "auth.Group_permissions": "rights, no person",
    "auth.Permission": "rights, no person",
    "contenttypes.ContentType": "names of models",
    "django_q.Failure": "a proxy of Task",
    "django_q.OrmQ": "wakes the worker with the name of a function, without arguments (fsportal/lib/worker_wakeup.py)",
    "django_q.Schedule": "the list of fsportal/management/schedules.py",
    "django_q.Success": "a proxy of Task",
    "django_q.Task": "names of functions and counts; no task has arguments",
    "mfa.Authenticator": "handled: goes with the user",
    "sessions.Session": "handled: ended",
    "socialaccount.SocialAccount": "handled: goes with the user",
    "socialaccount.SocialApp": "the company's providers; settings name them, no row is made",
    "socialaccount.SocialToken": "goes with its account; none is kept (SOCIALACCOUNT_STORE_TOKENS is off)",
    "usersessions.UserSession": "handled: goes with the user",
}


def personal(model: type[models.Model]) -> bool:
    """Tell whether a model could hold something of a person: words of any kind, or a relation to one."""
    return any(_may_hold(field) for field in (*model._meta.fields, *model._meta.many_to_many))


def _may_hold(field: models.Field) -> bool:  # type: ignore[type-arg]  # not generic while the program runs
    if field.is_relation:
        return field.related_model in (Contact, User)
    # Choices are words of ours.
    texts = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)
    return isinstance(field, texts) and not field.choices


def ours() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in OURS)


def said() -> dict[str, str]:
    return {name: why for app in APPS for name, why in {**app.HANDLED, **app.NOT_PERSONAL}.items()}


def test_every_model_that_could_hold_something_of_a_person_is_handled_or_named_with_a_reason() -> None:
    assert [model._meta.label for model in ours() if personal(model) and model._meta.label not in said()] == []


def test_every_model_named_exists_and_has_its_reason_in_its_own_app_once() -> None:
    labels = {model._meta.label for model in ours()}
    for app in APPS:
        for name, why in {**app.HANDLED, **app.NOT_PERSONAL}.items():
            assert name in labels
            assert name.partition(".")[0] == app.__name__.partition(".")[0]
            assert why
        assert not set(app.HANDLED) & set(app.NOT_PERSONAL)


def test_every_model_of_others_is_named_with_a_reason() -> None:
    others = {m._meta.label for m in apps.get_models(include_auto_created=True) if m._meta.app_label not in OURS}
    assert sorted(others - set(OF_OTHERS)) == []
