"""Settings, all of them from the environment (README lists the variables).

With PRODUCTION=1 the process refuses to start on a missing or well-known secret, on DEBUG, and
on an open list of hosts. Without it, keys that everybody can read here are good enough: `./dev`
sets its own anyway, generated once per data folder.
"""

import base64
import binascii
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import document, oauth
from launch.programs import web_threads

BASE_DIR = Path(__file__).resolve().parent.parent

# Known to everybody who reads this file, so never good enough for production.
KNOWN_SECRET_KEY = "not-a-secret-only-for-development-and-tests-0123456789"
KNOWN_FIELD_KEY = base64.b64encode(b"not-a-secret-field-key-for-tests").decode()
KNOWN_INDEX_KEY = base64.b64encode(b"not-a-secret-index-key-for-tests").decode()


def flag(name: str) -> bool:
    """Read a yes/no variable: 1, true, yes, on (any case) mean yes."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def listed(name: str) -> list[str]:
    """Read a comma-separated variable; blanks are dropped."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def database(
    url: str, *, pool: dict[str, Any] | None = None, keep_seconds: int = 0
) -> dict[str, Any]:
    """Turn `postgresql://user:password@host:port/name?option=value` into Django's form."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("a database URL must begin with postgresql://")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    if pool is not None:
        options["pool"] = pool
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        # The pool keeps connections; a second layer that keeps them too would defeat it.
        "CONN_MAX_AGE": keep_seconds,
        "CONN_HEALTH_CHECKS": keep_seconds > 0,
        # Responses render after a request's transaction would close, and a refusal must not
        # roll back the lockout or the audit row: services own their transactions.
        "ATOMIC_REQUESTS": False,
    }


def aes_key(name: str, known: str) -> bytes:
    """Read a 32-byte key given in base64."""
    try:
        key = base64.b64decode(os.environ.get(name) or known, validate=True)
    except binascii.Error as exc:
        raise ImproperlyConfigured(f"{name} is not base64") from exc
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must hold 32 bytes, it holds {len(key)}")
    return key


# --- Mode and secrets -----------------------------------------------------------------------

PRODUCTION = flag("PRODUCTION")
DEBUG = flag("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY") or KNOWN_SECRET_KEY
FIELD_KEY = aes_key("FIELD_KEY", KNOWN_FIELD_KEY)
INDEX_KEY = aes_key("INDEX_KEY", KNOWN_INDEX_KEY)
ALLOWED_HOSTS = listed("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_FAILURE_VIEW = "core.problems.csrf_failed"
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
"""How many proxies in front may be believed about the address of a client."""
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []


def production_faults() -> list[str]:
    """Say everything that forbids a start in production, so that one look mends it all."""
    faults = []
    for name, known in (
        ("SECRET_KEY", KNOWN_SECRET_KEY),
        ("FIELD_KEY", KNOWN_FIELD_KEY),
        ("INDEX_KEY", KNOWN_INDEX_KEY),
    ):
        value = os.environ.get(name, "")
        if not value:
            faults.append(f"{name} is not set")
        elif value == known or "change-me" in value.lower():
            faults.append(f"{name} is the example value")
    if len(SECRET_KEY) < 40:
        faults.append("SECRET_KEY is shorter than 40 characters")
    if os.environ.get("FIELD_KEY") and FIELD_KEY == INDEX_KEY:
        faults.append("FIELD_KEY and INDEX_KEY must differ")
    if not listed("ALLOWED_HOSTS") or "*" in ALLOWED_HOSTS:
        faults.append("ALLOWED_HOSTS must name the hosts")
    if not PUBLIC_URL.startswith("https://"):
        faults.append("PUBLIC_URL must begin with https://")
    if DEBUG:
        faults.append("DEBUG must be off")
    if listed("PUSH_TEST_HOSTS"):
        faults.append("PUSH_TEST_HOSTS must be empty")
    authorities = os.environ.get("PUSH_CA_FILE", "")
    if authorities and not Path(authorities).is_file():
        faults.append("PUSH_CA_FILE is no file")
    return faults


if PRODUCTION and (faults := production_faults()):
    raise ImproperlyConfigured("refusing to start in production: " + "; ".join(faults))

# --- Database -------------------------------------------------------------------------------

# One of web | worker | owner: which account this process uses. Migrations need the owner.
ROLE = os.environ.get("JINJIAN_ROLE", "web")
ROLE_VARIABLES = {
    "web": "DATABASE_URL",
    "worker": "DATABASE_WORKER_URL",
    "owner": "DATABASE_OWNER_URL",
}
if ROLE not in ROLE_VARIABLES:
    raise ImproperlyConfigured(f"JINJIAN_ROLE must be one of {', '.join(ROLE_VARIABLES)}")
WEB_THREADS = web_threads()
# As many connections as threads, and one for whoever paints the boards' pictures: a thread never
# waits for a colleague, and a wait of more than two seconds means the database is away, which
# becomes 503 with Retry-After. Workers fork and hold one connection each, so they have no pool.
WEB_POOL = {"min_size": 4, "max_size": WEB_THREADS + 1, "timeout": 2.0, "max_idle": 120.0}
DATABASES = {
    "default": database(
        os.environ.get(ROLE_VARIABLES[ROLE], "postgresql://jinjian_app@127.0.0.1:5432/jinjian"),
        pool=WEB_POOL if ROLE == "web" and not flag("JINJIAN_NO_POOL") else None,
        # A worker keeps its one connection, and with it its prepared statements, from task to
        # task: five ticks a second would else connect five times a second.
        keep_seconds=600 if ROLE == "worker" else 0,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
PICTURE_SECONDS = 0.7
"""How long a board's picture stands in one process before a newer version is painted."""
# Panels are cached in process memory: a paused Redis must block no page.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Applications ---------------------------------------------------------------------------

# `django.contrib.sites` stays out: its label would clash with our room `sites`.
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
    "oauth2_provider",
    "core",
    "campaigns",
    "sites",
    "personnel",
    "logistics",
    "reporting.progress",
    "reporting.alerts",
    "reporting.daily",
    "reporting.boards",
    "reporting.outlets",
]
MIDDLEWARE = [
    "core.problems.RequestIdMiddleware",
    "core.observe.ObserveMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "core.short_way.ShortWayMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # It also requires sign-in: Django's own middleware would ask for the user on every pulse.
    "personnel.middleware.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# What is asked hundreds of times a second, and the header by which its callers prove themselves.
SHORT_WAY = {"sites:capture": "Authorization", "boards:pulse": "X-Jinjian-Ticket"}
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- Language and time ----------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "jinjian_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Accounts and sessions ------------------------------------------------------------------

AUTH_USER_MODEL = "personnel.User"
PASSWORD_HASHERS = ["personnel.hashers.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = LOGIN_URL
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Twelve hours from sign-in and no more: a wall that asks every two seconds must not keep a
# session alive for ever. Sign-in fixes the end as a date, so that a later save cannot move it.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Transport ------------------------------------------------------------------------------

# Both need HTTPS, which a demo on a laptop or a local network does not have.
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-jinjian" if PRODUCTION else "jinjian"
CSRF_COOKIE_NAME = "__Host-jinjian_csrf" if PRODUCTION else "jinjian_csrf"
SECURE_SSL_REDIRECT = PRODUCTION
# Asked from inside, by the load balancer and the metrics' collector, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
# Browsers heed it over HTTPS only, and complain about it elsewhere.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if PRODUCTION else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# A street's report without scripts: 18 columns of up to 250 communities, each with its revision.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# --- Static files ---------------------------------------------------------------------------

STATIC_URL = "/static/"
# Where collectstatic puts the hashed files; a checkout serves the sources as they are.
STATIC_ROOT = (
    Path(os.environ.get("STATIC_ROOT", BASE_DIR / "var" / "static")) if PRODUCTION else None
)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.staticfiles.NodeFinder",
]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "core.staticfiles.HashedStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = BASE_DIR / "var" / "media"

# --- API ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    # Tokens of machine clients are read where they may call, and nowhere else: `ExportView`.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "personnel.authentication.DeviceAuthentication",
        "personnel.authentication.ScopedSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["core.strict_json.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "core.problems.exception_handler",
    # `?format=` is ours: reporting/outlets/api/answers.py.
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "outlets.ApiClient"
OAUTH2_PROVIDER = oauth.OAUTH2_PROVIDER
SPECTACULAR_SETTINGS = document.SPECTACULAR_SETTINGS

# --- Pushes to superiors ---------------------------------------------------------------------

PUSH_TEST_HOSTS = listed("PUSH_TEST_HOSTS")
"""host:port of receivers in tests and demos, which may be inside and without TLS."""
PUSH_CA_FILE = os.environ.get("PUSH_CA_FILE", "")
"""One more file of certificate authorities that receivers of pushes may be vouched for by."""

# --- Logging --------------------------------------------------------------------------------

# No query string, no body, no personal data (query strings may hold what a person typed).
# `django.server` and SQL logging stay silent for the same reason.
LOG_FORMAT = os.environ.get("LOG_FORMAT") or ("json" if PRODUCTION else "plain")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "core.logs.JsonLines"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Django's own way to the console is for development servers.
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.db.backends": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},
        # A line for each of five ticks a second would bury the others.
        "celery": {"level": "WARNING"},
        # A line for each request is for those who run it in earnest; `core/observe.py`.
        "jinjian.requests": {"level": "INFO" if LOG_FORMAT == "json" else "ERROR"},
    },
}
METRICS_ALLOW = listed("METRICS_ALLOW")
"""Addresses or networks (CIDR) that may read /metrics/; nobody by default."""
# Encrypted columns are bytes in the database and text in Python: their default is a text.
SILENCED_SYSTEM_CHECKS = ["fields.E170"]
