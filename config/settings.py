"""All settings, read from the environment. `.env.example` explains each."""

import sys
from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.environment import development_secrets, postgres_options, required, sandbox_url, sqlite_options
from config.logs import ScrubbedFormatter

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

FRESHET_ENV = env.str("FRESHET_ENV", default="development")
if FRESHET_ENV not in ("development", "production"):
    raise ImproperlyConfigured(f"FRESHET_ENV is {FRESHET_ENV!r}: it must be development or production.")
PRODUCTION = FRESHET_ENV == "production"
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
if not PRODUCTION:
    development_secrets(VAR_DIR / "secrets.env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = required(env, "SECRET_KEY", why="sessions are signed with it. Set it to 50 random characters.")
TOKEN_ENCRYPTION_KEYS = [
    key.strip()
    for key in required(
        env, "TOKEN_ENCRYPTION_KEYS", why="tokens are stored encrypted with it. Make one with `manage.py make_key`."
    ).split(",")
    if key.strip()
]
BACKGROUND_SYNC_ENABLED = env.bool("BACKGROUND_SYNC_ENABLED", default=True)
REDIS_URL = env.str("REDIS_URL", default="")
if PRODUCTION and BACKGROUND_SYNC_ENABLED and not REDIS_URL:
    raise ImproperlyConfigured(
        "REDIS_URL is not set: workers are woken through it. Or set BACKGROUND_SYNC_ENABLED=false."
    )

PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
if PRODUCTION and not env.str("PUBLIC_URL", default=""):
    raise ImproperlyConfigured(
        "PUBLIC_URL is not set: it is the address people open, such as https://freshet.example.com."
    )
_public_host = PUBLIC_URL.partition("://")[2].partition("/")[0].rpartition(":")[0] or PUBLIC_URL.partition("://")[2]
ALLOWED_HOSTS = [_public_host] if PRODUCTION else [_public_host, "localhost", "127.0.0.1", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "connections",
    "projects",
    "syncing",
    "config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
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
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

if PRODUCTION:
    required(env, "DATABASE_URL", why="it names the PostgreSQL database, postgres://user:password@host/name.")
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'freshet.sqlite3'}")}
_database = DATABASES["default"]
_database["OPTIONS"] = {
    **_database.get("OPTIONS", {}),
    **(sqlite_options() if "sqlite" in _database["ENGINE"] else postgres_options()),
}
_database["CONN_MAX_AGE"] = 600
_database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "auth.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

_https = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_SSL_REDIRECT = False  # the platform's router redirects; health checks come over plain HTTP
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Syncing
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=10)
CHUNK_DELAY_MS = max(env.int("CHUNK_DELAY_MS", default=2000), 600)
RECENT_DAYS = env.int("RECENT_DAYS", default=90)

# One entry per provider: what its source may know of this installation. sandbox: its addresses are those of the
# stand-in servers which `manage.py sandbox` runs; a connection made in one mode never runs in the other.
META_SANDBOX = env.bool("META_SANDBOX", default=not (PRODUCTION or env.str("META_ACCESS_TOKEN", default="")))
PROVIDERS = {
    "meta": {
        "sandbox": META_SANDBOX,
        "graph_url": sandbox_url(env, "META_GRAPH_URL", VAR_DIR, provider="meta")
        if META_SANDBOX
        else env.str("META_GRAPH_URL", default="https://graph.facebook.com").rstrip("/"),
        "api_version": env.str("META_API_VERSION", default="v26.0"),
        "app_id": env.str("META_APP_ID", default=""),
        "app_secret": env.str("META_APP_SECRET", default=""),
        "calls_per_hour": env.int("META_CALLS_PER_HOUR", default=180),
        "burst_calls_per_hour": env.int("META_BURST_CALLS_PER_HOUR", default=2000),
        "page_size": env.int("META_PAGE_SIZE", default=500),
        # For development: what `manage.py connect` uses when nothing is given.
        "from_environment": {
            "account_id": env.str("META_AD_ACCOUNT_ID", default=""),
            "access_token": env.str("META_ACCESS_TOKEN", default=""),
        },
    },
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
_shared_processors: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": ScrubbedFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer() if PRODUCTION else structlog.dev.ConsoleRenderer(colors=False),
            ],
            "foreign_pre_chain": _shared_processors,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # urllib3 prints whole addresses at DEBUG, and Meta wants its token in the address.
    "loggers": {"urllib3": {"level": "INFO"}, "django.server": {"handlers": ["stderr"], "propagate": False}},
}
