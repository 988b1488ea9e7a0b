from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_delivery'),
    ]

    operations = [
        migrations.AddField(
            model_name='customernotification',
            name='forgotten_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='customernotification',
            index=models.Index(condition=Q(('forgotten_at', None)), fields=['created_at'], name='outbox_to_forget'),
        ),
    ]
