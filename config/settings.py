"""All settings, read from the environment. `.env.example` explains each."""

import sys
from pathlib import Path

import structlog
from csp.constants import NONE, SELF

from config.environment import (
    REQUIRED,
    Environment,
    adopt_older_names,
    database,
    development_secrets,
    encryption_keys,
    host_of,
    public_url,
    require,
    sandbox_url,
)
from config.logs import ScrubbedFormatter, as_json, as_text

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
OLDER_NAMES_IN_USE = adopt_older_names(env)

PRODUCTION = env.choice("FRESHET_ENV", ("development", "production"), default="development") == "production"
VAR_DIR = BASE_DIR / env.str("VAR_DIR", default="var")
BACKGROUND_SYNC_ENABLED = env.bool("BACKGROUND_SYNC_ENABLED", default=True)
if PRODUCTION:
    require(env, [name for name in REQUIRED if name != "REDIS_URL" or BACKGROUND_SYNC_ENABLED])
else:
    development_secrets(VAR_DIR / "secrets.env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
TOKEN_ENCRYPTION_KEYS = encryption_keys(env)
REDIS_URL = env.str("REDIS_URL", default="")

PORT = env.int("PORT", default=8000)
PUBLIC_URL = public_url(env, default=f"http://localhost:{PORT}")
ALLOWED_HOSTS = [host_of(PUBLIC_URL), *([] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"])]
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
    "config.health.HealthCheckFirst",
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

DATABASES = {"default": database(env, otherwise=VAR_DIR / "freshet.sqlite3")}
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
SECURE_SSL_REDIRECT = _https
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

LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
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
                *(as_json() if PRODUCTION else as_text()),
            ],
            "foreign_pre_chain": _shared_processors,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # urllib3 prints whole addresses at DEBUG, and Meta wants its token in the address.
    "loggers": {"urllib3": {"level": "INFO"}, "django.server": {"handlers": ["stderr"], "propagate": False}},
}
