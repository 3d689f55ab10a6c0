"""Settings of Selaras. Every value that may differ between machines comes through `config/env.py`."""

from datetime import timedelta
from pathlib import Path

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF

from config import env

# Lets forms, admin classes and querysets be written with their type, as the type checker wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()

# What kind of installation this is -----------------------------------------------------
PRODUCTION = env.flag("PRODUCTION")
DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
# The key below is refused by the production start command (`manage.py start_web`).
INSECURE_SECRET_KEY = "only-for-tests-and-for-building-the-image"  # noqa: S105
# `scripts/up` keeps its key in a file, so that commands typed beside it sign with the same one.
SECRET_KEY = env.text("SECRET_KEY") or env.content(DATA_DIR / "secret-key") or INSECURE_SECRET_KEY
# Proxies in front of us that write X-Forwarded-For; the rate limits count by the address they report.
NUM_PROXIES = env.number("NUM_PROXIES", 1 if PRODUCTION else 0)
# Production has no default: `start_web` asks for the names under which it is reached.
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost")
# The address in mails and one-time links.
BASE_URL = env.text(
    "BASE_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION and ALLOWED_HOSTS else "http://127.0.0.1:8000"
).rstrip("/")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "config.apps.SelarasAdminConfig",
    "django_htmx",
    "allauth",
    "allauth.account",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "audit",
    "missions",
    "calendar_app",
]

MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.PrivateMiddleware",
    "config.middleware.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.MethodMiddleware",
    "config.middleware.ConflictMiddleware",
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
                "calendar_app.views.frame.frame",
            ],
        },
    },
]

# Database: an embedded file unless DATABASE_URL names a server -------------------------
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'selaras.sqlite3'}"), conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that reads and then writes never fails with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    # Compiling the question whether every post has its reminders took PostgreSQL half a minute, answering it a second.
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options["options"] = f"-c jit=off {_options.get('options', '')}".rstrip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": (
        {
            "BACKEND": "config.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "selaras",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
        if REDIS_URL
        # The rate limits count over all web processes, so they need a cache that is shared.
        else {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            # two counters for each person: more than they all need, or the oldest would be forgotten
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    )
}

# People and sign-in --------------------------------------------------------------------
AUTH_USER_MODEL = "missions.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Whoever asks for a reset reads the same page, known or not; a stranger's address gets no mail at all.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# DESIGN §10: 30 sign-ins a minute from one address, 10 failures for one account.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/5m/key,60/5m/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = NUM_PROXIES
PASSWORD_RESET_TIMEOUT = int(timedelta(days=3).total_seconds())
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())

# Language and time ---------------------------------------------------------------------
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
HQ_TIMEZONE = "Asia/Jakarta"

# Rules that an installation may tune ---------------------------------------------------
GRACE_MINUTES = env.number("GRACE_MINUTES", 120, least=1)
RESCHEDULE_DAYS = env.number("RESCHEDULE_DAYS", 3)
DIGEST_FROM = env.number("DIGEST_FROM", 10, least=2)

# Static files --------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.storage.StaticStorage"},
}

# Mail ----------------------------------------------------------------------------------
EMAIL_HOST = env.text("EMAIL_HOST")
MAIL_DIR = DATA_DIR / "mail"
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_PORT = env.number("EMAIL_PORT", 587, least=1)
    EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
    EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
    EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Selaras <selaras@localhost>")
# Whom the watcher writes to when something is wrong; without one, the administrators.
DUTY_EMAIL = env.words("DUTY_EMAIL")

# Ways out of the house: pushes to browsers and messages to chat bridges (`services/outbound.py`) --------
# Where browsers' vendors take pushes; "*." stands for one or more names.
PUSH_HOSTS = env.words(
    "PUSH_HOSTS", "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
)
# host:port on the ministry's own network that may be called, also by plain HTTP. All else must be public.
OUTBOUND_PRIVATE_HOSTS = env.words("OUTBOUND_PRIVATE_HOSTS")
# Signs pushes; without one it is derived from SECRET_KEY.
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY")

# Queue: it only wakes workers up; what is due stands in the database (DESIGN §6) --------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
if not REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker" / "queue"),
        "data_folder_out": str(DATA_DIR / "broker" / "queue"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "processed_folder": str(DATA_DIR / "broker" / "processed"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long the broker is away: there is nothing better to do.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
# Every entry looks at the table; a message nobody took in time is not worth running twice.
CELERY_BEAT_SCHEDULE = {
    "reminders": {"task": "calendar_app.tasks.send_reminders", "schedule": 0.5, "options": {"expires": 5}},
    "zones": {"task": "calendar_app.tasks.follow_zones", "schedule": 3600.0, "options": {"expires": 3600}},
    "clock": {"task": "calendar_app.tasks.turn_clock", "schedule": 15.0, "options": {"expires": 60}},
    "complete": {"task": "calendar_app.tasks.check_complete", "schedule": 60.0, "options": {"expires": 60}},
    "holidays": {"task": "calendar_app.tasks.renew_holidays", "schedule": 86400.0, "options": {"expires": 3600}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "broker" / "beat")
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# Write the file after every task: its age tells whether beat is alive (docker-compose.yml).
CELERY_BEAT_SYNC_EVERY = 1

# API -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "calendar_app.api.authentication.TokenAuthentication",
        "calendar_app.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["calendar_app.api.authentication.SignedInWithScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["calendar_app.api.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["calendar_app.api.throttles.PersonThrottle"],
    "DEFAULT_SCHEMA_CLASS": "calendar_app.api.schema.Schema",
    # OPTIONS is not part of the contract, and `?format=` is an unknown parameter like any other.
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "calendar_app.api.problems.handler",
    "NUM_PROXIES": NUM_PROXIES,
}
API_CALLS_PER_MINUTE = env.number("API_CALLS_PER_MINUTE", 600, least=300)
SPECTACULAR_SETTINGS = {
    "TITLE": "Selaras",
    "DESCRIPTION": "Kalender konten perwakilan Republik Indonesia / the content calendar of Indonesia's missions.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "OAS_VERSION": "3.1.0",
    # Values stand where they are used, instead of under names that are made up for them.
    "POSTPROCESSING_HOOKS": ["calendar_app.api.schema.without_docstrings"],
}

# What a program that collects numbers shows as `Authorization: Bearer` at /metrics.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Limits on what a request may carry ----------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# Security ------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "calendar_app.views.errors.csrf_failure"
# Production stands behind a proxy that ends TLS; PLAIN_HTTP=1 is for a closed network without one.
if PRODUCTION and not env.flag("PLAIN_HTTP"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# Logs: one JSON object a line, each with the id of its request -------------------------
LOG_LEVEL = env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "WARNING"},
        # What was refused stands in the request's own line.
        "django.request": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
