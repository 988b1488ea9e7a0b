"""Indexes that fit the questions of lists and pages, and none that mislead."""

import django.db.models.deletion
from django.db import migrations, models

from fsportal.lib.single_index import DropIndexOfField


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('fsportal', '0004_restore'),
    ]

    operations = [
        DropIndexOfField(
            model_name='auditentry',
            name='subject_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['-at', '-id'], name='audit_newest'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['action', '-at'], name='audit_by_action'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(fields=['name'], name='contact_by_name'),
        ),
    ]
