"""Bulk changes; who is traveled to is found by when they set off."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0008_availability'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkChange',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('verb', models.CharField(choices=[('assign', 'Assign'), ('move', 'Move by days'), ('cancel', 'Cancel'), ('complete', 'Complete'), ('tell', 'Tell now')], max_length=10, verbose_name='what')),
                ('terms', models.JSONField(default=dict)),
                ('chosen_at', models.DateTimeField(auto_now_add=True, verbose_name='chosen')),
                ('started_at', models.DateTimeField(null=True, verbose_name='started')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='bookings')),
                ('held_until', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True, verbose_name='stopped')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
            ],
            options={
                'verbose_name': 'bulk change',
                'verbose_name_plural': 'bulk changes',
                'ordering': ['-chosen_at'],
            },
        ),
        migrations.CreateModel(
            name='BulkRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('outcome', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('unchanged', 'Was so already'), ('refused', 'Left as it was'), ('stopped', 'Stopped before its turn')], default='waiting', max_length=10, verbose_name='result')),
                ('said', models.CharField(blank=True, max_length=500, verbose_name='why')),
            ],
            options={
                'verbose_name': 'row of a bulk change',
                'verbose_name_plural': 'rows of bulk changes',
                'ordering': ['number'],
            },
        ),
        migrations.RemoveIndex(
            model_name='booking',
            name='booking_traveling',
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(condition=models.Q(('status', 690970001)), fields=['resource', '-set_off_at'], name='booking_traveling'),
        ),
        migrations.AddField(
            model_name='bulkchange',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='bulkrow',
            name='booking',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='bookings.booking', verbose_name='booking'),
        ),
        migrations.AddField(
            model_name='bulkrow',
            name='bulk_change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='bookings.bulkchange'),
        ),
        migrations.AddIndex(
            model_name='bulkchange',
            index=models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['started_at'], name='bulk_change_open'),
        ),
        migrations.AddIndex(
            model_name='bulkrow',
            index=models.Index(fields=['bulk_change', 'outcome', 'number'], name='bulk_row_waiting'),
        ),
        migrations.AddConstraint(
            model_name='bulkrow',
            constraint=models.UniqueConstraint(fields=('bulk_change', 'booking'), name='one_bulk_row_per_booking'),
        ),
    ]
