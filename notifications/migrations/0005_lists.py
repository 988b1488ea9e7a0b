"""Indexes that fit the questions of lists and pages, and none that mislead."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from fsportal.lib.single_index import DropIndexOfField


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('fsportal', '0005_lists'),
        ('notifications', '0004_held'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='customernotification',
            name='outbox_regarding',
        ),
        migrations.RemoveIndex(
            model_name='customernotification',
            name='outbox_by_state',
        ),
        DropIndexOfField(
            model_name='customernotification',
            name='asked_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        DropIndexOfField(
            model_name='customernotification',
            name='regarding_type',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype'),
        ),
        DropIndexOfField(
            model_name='customernotification',
            name='resent_of',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='resends', to='notifications.customernotification'),
        ),
        migrations.AddIndex(
            model_name='customernotification',
            index=models.Index(fields=['regarding_id', 'event', '-created_at'], name='outbox_regarding_event'),
        ),
        migrations.AddIndex(
            model_name='customernotification',
            index=models.Index(fields=['state', '-created_at', 'channel'], name='outbox_by_state_channel'),
        ),
        migrations.AddIndex(
            model_name='customernotification',
            index=models.Index(fields=['event', '-created_at'], name='outbox_by_event'),
        ),
        migrations.AddIndex(
            model_name='customernotification',
            index=models.Index(condition=models.Q(('reason', ''), _negated=True), fields=['reason', '-created_at'], name='outbox_by_reason'),
        ),
        migrations.AddIndex(
            model_name='customernotification',
            index=models.Index(condition=models.Q(('resent_of__isnull', False)), fields=['resent_of'], name='outbox_resent_of'),
        ),
        migrations.AddIndex(
            model_name='customernotification',
            index=models.Index(condition=models.Q(('asked_by__isnull', False)), fields=['asked_by'], name='outbox_asked_by'),
        ),
    ]
