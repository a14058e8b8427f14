from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outlets", "0002_changes")]

    operations = []
