from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outlets", "0001_clients")]

    operations = []
