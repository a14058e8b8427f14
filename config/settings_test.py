"""Settings of the test run: three accounts on one throw-away database per xdist worker.

`./dev test` starts the servers and sets TEST_SUPERUSER_URL; tests/conftest.py makes the
database. Tests connect as the application account, so that row-level security is on.
"""

import os
from urllib.parse import urlsplit, urlunsplit

from config.settings import *  # noqa: F403
from config.settings import database

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
TEST_DATABASE = f"test_jinjian_{_worker}" if _worker else "test_jinjian"


def _on_test_database(variable: str, role: str) -> dict[str, object]:
    url = os.environ.get(variable, f"postgresql://{role}@127.0.0.1:5432/jinjian")
    return database(urlunsplit(urlsplit(url)._replace(path=f"/{TEST_DATABASE}")))


DATABASES = {
    "default": _on_test_database("DATABASE_URL", "jinjian_app"),
    # For fixtures only: the product itself knows one connection.
    "owner": _on_test_database("DATABASE_OWNER_URL", "jinjian_owner"),
    "worker": _on_test_database("DATABASE_WORKER_URL", "jinjian_worker"),
}
# Every xdist worker gets its own logical Redis database.
_number = int(_worker.removeprefix("gw") or 0) % 15 + 1
REDIS_URL = urlunsplit(
    urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))._replace(path=f"/{_number}")
)
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
WHITENOISE_USE_FINDERS = True
# Files change while tests are written, and a scan of them all at start costs more than it gives.
WHITENOISE_AUTOREFRESH = True

# Tests look at what they have just changed.
PICTURE_SECONDS = 0.0
