"""All settings, read from the environment. `.env.example` explains each."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import structlog
from csp.constants import NONE, SELF

from config.environment import (
    Environment,
    adopt_older_names,
    broker_url,
    database,
    development_secrets,
    encryption_keys,
    host_of,
    mail_server,
    needed,
    public_url,
    require,
    sandbox_line,
    sandbox_url,
    secret_file,
)
from config.logs import ScrubbedFormatter, as_json, as_text

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
OLDER_NAMES_IN_USE = adopt_older_names(env)

PRODUCTION = env.choice("FRESHET_ENV", ("development", "production"), default="development") == "production"
VAR_DIR = BASE_DIR / env.str("VAR_DIR", default="var")
BACKGROUND_SYNC_ENABLED = env.bool("BACKGROUND_SYNC_ENABLED", default=True)
WITHOUT_KEYS = env.bool("WITHOUT_KEYS", default=False)
if PRODUCTION:
    require(env, needed(broker=BACKGROUND_SYNC_ENABLED, keys=not WITHOUT_KEYS))
else:
    development_secrets(VAR_DIR / "secrets.env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
TOKEN_ENCRYPTION_KEYS = [] if WITHOUT_KEYS else encryption_keys(env)
REDIS_URL = broker_url(env)

PORT = env.int("PORT", default=8000)
PUBLIC_URL = public_url(env, default=f"http://localhost:{PORT}")
ALLOWED_HOSTS = [host_of(PUBLIC_URL), *([] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"])]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "config.apps.AuditedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "django_celery_beat",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "connections",
    "projects",
    "syncing",
    "config",
    "axes",
]
MIDDLEWARE = [
    "config.health.HealthCheckFirst",
    "config.headers.MoreHeaders",
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
    "axes.middleware.AxesMiddleware",
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
                "syncing.views.background.of_page",
            ]
        },
    }
]

DATABASES = {"default": database(env, otherwise=VAR_DIR / "freshet.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "auth.User"
PASSWORD_HASHERS = [
    "config.passwords.SmallArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DEFAULT_EXCEPTION_REPORTER = "config.debug_page.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.debug_page.NoSecrets"

# A failure counts for a quarter of an hour, by name and address; the fifth closes the door until then.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "connections.views.signing.too_many_failures"
AXES_USERNAME_CALLABLE = "connections.views.signing.counted_as"
AXES_CLIENT_IP_CALLABLE = "connections.access.address_of"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
PROXIES_IN_FRONT = env.int("PROXIES_IN_FRONT", default=0)
ADMIN_PATH = env.str("ADMIN_PATH", default="admin").strip("/") or "admin"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# Mail: on the console in development, not at all in production, until a server is named.
_mail_server = mail_server(env)
SENDS_MAIL = bool(_mail_server) or not PRODUCTION
EMAIL_BACKEND = _mail_server.get(
    "EMAIL_BACKEND", f"django.core.mail.backends.{'dummy' if PRODUCTION else 'console'}.EmailBackend"
)
EMAIL_HOST, EMAIL_PORT = _mail_server.get("EMAIL_HOST"), _mail_server.get("EMAIL_PORT")
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail_server.get("EMAIL_HOST_USER"), _mail_server.get("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail_server.get("EMAIL_USE_TLS", False), _mail_server.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default=f"Freshet <freshet@{host_of(PUBLIC_URL)}>")

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / env.str("STATIC_ROOT", default="staticfiles")
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

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes of a request's body, of pages and of the API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "connections.api.authentication.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["connections.api.authentication.IsKnown"],
    "DEFAULT_PARSER_CLASSES": ["connections.api.wire.JSONBody"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "connections.api.wire.AlwaysJSON",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "connections.api.problems.answer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Freshet",
    "DESCRIPTION": "Start syncs, set their pace, ask how fresh everything is.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["connections.api.authentication.IsKnown"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [],  # they would give enumerations names that nobody knows
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# Syncing
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=10)
DISPATCH_SECONDS = env.int("DISPATCH_SECONDS", default=10)
CRON_TOKENS = env.list("CRON_TOKENS", default=[])
WEBHOOK_URL, WEBHOOK_SECRET = env.webhook()
WORKER_SLOTS = env.int("WORKER_SLOTS", default=4)
KEEP_DAYS = {
    "decisions": env.at_least("KEEP_DECISIONS_DAYS", 1, default=1),
    "calls": env.at_least("KEEP_CALLS_DAYS", 1, default=2),
    "chunks": env.at_least("KEEP_CHUNKS_DAYS", 1, default=7),
    "quiet jobs": env.at_least("KEEP_QUIET_JOBS_DAYS", 1, default=14),
    "jobs": env.at_least("KEEP_JOBS_DAYS", 1, default=180),
    "changes": env.at_least("KEEP_CHANGES_DAYS", 1, default=762),
    "sign-ins": env.at_least("KEEP_SIGN_INS_DAYS", 1, default=30),
}
CHUNK_DELAY_MS = max(env.int("CHUNK_DELAY_MS", default=2000), 600)
RECENT_DAYS = env.int("RECENT_DAYS", default=90)

# One entry per provider: what its source may know of this installation. sandbox: its addresses are those of the
# stand-in servers which `manage.py sandbox` runs; a connection made in one mode never runs in the other.
# Who wants one real account gets no demo of the others.
TRYING_OUT = not PRODUCTION and not any(
    env.str(login, default="") or not env.bool(mode, default=True)
    for mode, login in (
        ("META_SANDBOX", "META_ACCESS_TOKEN"),
        ("GOOGLE_ADS_SANDBOX", "GOOGLE_REFRESH_TOKEN"),
        ("LOGIKAL_SANDBOX", "LOGIKAL_PASSWORD"),
        ("GOOGLE_SHEETS_SANDBOX", "GOOGLE_SERVICE_ACCOUNT_FILE"),
        ("YOUTUBE_SANDBOX", "YOUTUBE_API_KEY"),
        ("INSTAGRAM_SANDBOX", "INSTAGRAM_ACCESS_TOKEN"),
    )
)
META_SANDBOX = env.bool("META_SANDBOX", default=TRYING_OUT)
GOOGLE_ADS_SANDBOX = env.bool("GOOGLE_ADS_SANDBOX", default=TRYING_OUT)
LOGIKAL_SANDBOX = env.bool("LOGIKAL_SANDBOX", default=TRYING_OUT)
GOOGLE_SHEETS_SANDBOX = env.bool("GOOGLE_SHEETS_SANDBOX", default=TRYING_OUT)
YOUTUBE_SANDBOX = env.bool("YOUTUBE_SANDBOX", default=TRYING_OUT)
INSTAGRAM_SANDBOX = env.bool("INSTAGRAM_SANDBOX", default=TRYING_OUT)
if GOOGLE_ADS_SANDBOX:
    # Who vouches for the stand-in. gRPC reads it once, before its first channel, and then trusts no other.
    roots = BASE_DIR / "connections" / "providers" / "google_ads" / "sandbox" / "authority.crt"
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(roots)
PROVIDERS = {
    "meta": {
        "sandbox": META_SANDBOX,
        "graph_url": sandbox_url(env, "META_GRAPH_URL", VAR_DIR, provider="meta")
        if META_SANDBOX
        else env.str("META_GRAPH_URL", default="https://graph.facebook.com").rstrip("/"),
        "api_version": env.str("META_API_VERSION", default="v26.0"),
        "dialog_url": sandbox_url(env, "META_DIALOG_URL", VAR_DIR, provider="meta")
        if META_SANDBOX
        else env.str("META_DIALOG_URL", default="https://www.facebook.com").rstrip("/"),
        # The stand-in takes any secret: it has an app, so that signing in can be tried without one.
        "app_id": env.str("META_APP_ID", default="2001" if META_SANDBOX else ""),
        "app_secret": env.str("META_APP_SECRET", default="sandbox-app-secret" if META_SANDBOX else ""),
        "calls_per_hour": env.int("META_CALLS_PER_HOUR", default=180),
        "burst_calls_per_hour": env.int("META_BURST_CALLS_PER_HOUR", default=2000),
        "page_size": env.int("META_PAGE_SIZE", default=500),
        "report_rows": env.int("META_REPORT_ROWS", default=5000),
        # For development: what `manage.py connect` uses when nothing is given.
        "from_environment": {
            "account_id": env.str("META_AD_ACCOUNT_ID", default=""),
            "access_token": env.str("META_ACCESS_TOKEN", default=""),
        },
    },
    "google_ads": {
        "sandbox": GOOGLE_ADS_SANDBOX,
        # Host and port of the service; empty for Google's own.
        "endpoint": sandbox_line(env, "GOOGLE_ADS_ENDPOINT", VAR_DIR, provider="google_ads")
        if GOOGLE_ADS_SANDBOX
        else env.str("GOOGLE_ADS_ENDPOINT", default=""),
        "sign_in_url": sandbox_url(env, "GOOGLE_SIGN_IN_URL", VAR_DIR, provider="google_ads")
        if GOOGLE_ADS_SANDBOX
        else env.str("GOOGLE_SIGN_IN_URL", default="https://oauth2.googleapis.com").rstrip("/"),
        "dialog_url": ""
        if env.str("GOOGLE_DIALOG_URL", default="") == "none"
        else sandbox_url(env, "GOOGLE_DIALOG_URL", VAR_DIR, provider="google_ads")
        if GOOGLE_ADS_SANDBOX
        else env.str("GOOGLE_DIALOG_URL", default="https://accounts.google.com").rstrip("/"),
        # No login works without them, not even the demo's.
        "client_id": env.str("GOOGLE_CLIENT_ID", default="") or ("4711-sandbox" if GOOGLE_ADS_SANDBOX else ""),
        "client_secret": env.str("GOOGLE_CLIENT_SECRET", default="")
        or ("sandbox-app-secret" if GOOGLE_ADS_SANDBOX else ""),
        "access_level": env.choice(
            "GOOGLE_ADS_ACCESS_LEVEL",
            ("explorer", "basic", "standard"),
            default="basic" if GOOGLE_ADS_SANDBOX else "explorer",
        ),
        "from_environment": {
            "account_id": env.str("GOOGLE_CUSTOMER_ID", default=""),
            "refresh_token": env.str("GOOGLE_REFRESH_TOKEN", default=""),
        },
    },
    "logikal": {
        "sandbox": LOGIKAL_SANDBOX,
        # Each company has a server of its own, so one may also be typed when connecting.
        "api_url": sandbox_url(env, "LOGIKAL_API_URL", VAR_DIR, provider="logikal")
        if LOGIKAL_SANDBOX
        else env.str("LOGIKAL_API_URL", default="").rstrip("/"),
        "calls_per_hour": env.int("LOGIKAL_CALLS_PER_HOUR", default=None),
        "answer_seconds": env.float("LOGIKAL_ANSWER_SECONDS", default=60),
        "from_environment": {
            "username": env.str("LOGIKAL_USERNAME", default=""),
            "password": env.str("LOGIKAL_PASSWORD", default=""),
        },
    },
    "google_sheets": {
        "sandbox": GOOGLE_SHEETS_SANDBOX,
        # Empty: Google's own hosts, of which there are three.
        "api_url": sandbox_url(env, "GOOGLE_API_URL", VAR_DIR, provider="google_sheets")
        if GOOGLE_SHEETS_SANDBOX
        else env.str("GOOGLE_API_URL", default="").rstrip("/"),
        "reads_per_minute": env.at_least("SHEETS_READS_PER_MINUTE", 1, default=60),
        "writes_per_minute": env.at_least("SHEETS_WRITES_PER_MINUTE", 1, default=60),
        "full_list_hours": env.at_least("SHEETS_FULL_READ_HOURS", 1, default=24),
        "from_environment": {
            "account_id": env.str("GOOGLE_SPREADSHEET", default=""),
            "service_account": "" if WITHOUT_KEYS else secret_file(env, "GOOGLE_SERVICE_ACCOUNT_FILE"),
        },
    },
    "youtube": {
        "sandbox": YOUTUBE_SANDBOX,
        "api_url": sandbox_url(env, "YOUTUBE_API_URL", VAR_DIR, provider="youtube")
        if YOUTUBE_SANDBOX
        else env.str("YOUTUBE_API_URL", default="https://youtube.googleapis.com").rstrip("/"),
        "from_environment": {"api_key": env.str("YOUTUBE_API_KEY", default="")},
    },
    "instagram": {
        "sandbox": INSTAGRAM_SANDBOX,
        "graph_url": sandbox_url(env, "INSTAGRAM_GRAPH_URL", VAR_DIR, provider="instagram")
        if INSTAGRAM_SANDBOX
        else env.str("INSTAGRAM_GRAPH_URL", default="https://graph.facebook.com").rstrip("/"),
        "api_version": env.str("INSTAGRAM_API_VERSION", default="v26.0"),
        "app_id": env.str("INSTAGRAM_APP_ID", default=""),
        "app_secret": env.str("INSTAGRAM_APP_SECRET", default=""),
        "calls_per_hour": env.int("INSTAGRAM_CALLS_PER_HOUR", default=180),
        "from_environment": {
            "account_id": env.str("INSTAGRAM_ACCOUNT_ID", default=""),
            "access_token": env.str("INSTAGRAM_ACCESS_TOKEN", default=""),
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
    "loggers": {
        "urllib3": {"level": "INFO"},
        "axes": {"level": "WARNING"},
        # Every wake-up and every sweep would be two lines; what came of it has lines of its own.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "propagate": False},
    },
}
