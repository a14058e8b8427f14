from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("daily", "0002_round_times"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportform",
            name="asked_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="in use again since"),
        ),
    ]
