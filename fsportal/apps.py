"""The fsportal app: what it registers when it is ready; and the Settings area as Django's admin site."""

import picklefield.fields
from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

#: Apps whose admin pages are taken away (SettingsAreaConfig.ready).
NO_PAGES = ("django_q", "account", "mfa", "socialaccount", "usersessions")


class FsportalConfig(AppConfig):
    name = "fsportal"
    verbose_name = _("Field Service Portal")

    def ready(self) -> None:
        """Register checks and probes, and what a database gets after every migrate."""
        from fsportal import health, triggers  # noqa: PLC0415  (models are loaded only now)
        from fsportal.conf import checks  # noqa: F401, PLC0415  (models are loaded only now)
        from fsportal.lib import origin, plain_pickles, request_ids  # noqa: PLC0415  (models are loaded only now)
        from fsportal.lib.trigrams import TrigramIndexes  # noqa: PLC0415  (with the others)
        from fsportal.management import roles, schedules  # noqa: PLC0415  (models are loaded only now)
        from fsportal.metrics import house  # noqa: PLC0415  (models are loaded only now)
        from fsportal.settings_area import company_steps  # noqa: PLC0415  (models are loaded only now)

        # django-q2 reads results of tasks from rows, and a pickle can run anything.
        picklefield.fields.loads = plain_pickles.loads
        company_steps.register_steps()
        health.register()
        request_ids.register()
        origin.register()
        house.register()
        triggers.TRIGGERS.keep(self, "fsportal.triggers")
        of_account = ("name", "street", "city", "postal_code", "external_id")
        searched = {"fsportal_contact": ("name", "email", "mobile_phone"), "fsportal_account": of_account}
        TrigramIndexes(searched).keep(self, "fsportal.trigrams")
        # Any app of ours with models (without models no signal is sent) that migrates after all others it needs.
        last = apps.get_app_config("bookings")
        post_migrate.connect(roles.install, sender=last, dispatch_uid="fsportal.roles")
        post_migrate.connect(schedules.after_migrate, sender=last, dispatch_uid="fsportal.schedules")


class SettingsAreaConfig(AdminConfig):
    """Django admin with our site: `django.contrib.admin.site` is the Settings area."""

    default_site = "fsportal.admin.site.SettingsSite"

    def ready(self) -> None:
        """Find every app's admin pages, and take away those of the task queue and of sign-in.

        A Schedule row names any Python function to be run by the worker, so whoever can edit one can run anything; ours
        come from fsportal/management/schedules.py only. Sign-in rows hold session keys, secrets and addresses: people
        change those on their own pages, and the environment says which identity providers there are.
        """
        super().ready()
        # Only now does the site exist, on which these modules register their pages.
        from django.contrib import admin  # noqa: PLC0415

        from fsportal.admin import api_tokens, audit, groups, index  # noqa: F401, PLC0415

        admin.site.compose(index.GROUPS, index.ENDPOINTS, index.ATTENTION)  # type: ignore[attr-defined]  # our site
        admin.site.unregister([model for model in admin.site._registry if model._meta.app_label in NO_PAGES])
