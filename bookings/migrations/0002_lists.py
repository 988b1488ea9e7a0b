"""Indexes that fit the questions of lists and pages, and none that mislead."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0001_initial'),
        ('fsportal', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(condition=models.Q(('status__lt', 690970004)), fields=['start'], name='booking_open'),
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(condition=models.Q(('status__gt', 690970000), ('status__lt', 690970004)), fields=['resource', 'start'], name='booking_under_way'),
        ),
        migrations.AddIndex(
            model_name='bookingnotificationcode',
            index=models.Index(fields=['-created_at'], name='code_newest'),
        ),
        migrations.AddIndex(
            model_name='bookingnotificationcode',
            index=models.Index(condition=models.Q(('blocked_at__isnull', False)), fields=['-created_at'], name='code_blocked'),
        ),
        migrations.AddIndex(
            model_name='customernote',
            index=models.Index(fields=['-written_at'], name='customer_note_newest'),
        ),
        migrations.AddIndex(
            model_name='customernote',
            index=models.Index(condition=models.Q(('handled_at', None)), fields=['written_at'], name='customer_note_waiting'),
        ),
        migrations.AddIndex(
            model_name='feedback',
            index=models.Index(fields=['-given_at'], name='feedback_newest'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(fields=['-created_at'], name='work_order_newest'),
        ),
    ]
