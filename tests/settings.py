"""The product's settings as the tests want them: own files, nothing leaves the process, quick passwords.

The database is SQLite unless DATABASE_URL names a PostgreSQL server; both get a name of this process alone, so that
several runs may share a server.
"""

import os
import tempfile
from pathlib import Path

_folder = tempfile.TemporaryDirectory(prefix="selaras-tests-")
for _name in ("PRODUCTION", "DEBUG", "DEMO", "REDIS_URL", "EMAIL_HOST", "BASE_URL", "ALLOWED_HOSTS", "SECRET_KEY"):
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = _folder.name
os.environ["STATIC_ROOT"] = str(Path(_folder.name, "static"))
Path(os.environ["STATIC_ROOT"]).mkdir()

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file: connections of several threads to one database in memory block each other.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder.name, "tests.sqlite3"))}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"selaras_tests_{os.getpid()}"}

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
