"""The WSGI entry, as `launch/web.py` serves it."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What was loaded so far stays until the process ends: the collector need not walk it again for
# every few hundred objects of a request.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
