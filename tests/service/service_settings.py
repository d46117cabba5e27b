"""The service's settings for tests: a home of its own, and hashes that are quick to make."""

import os
import tempfile
from unittest import mock

_home = tempfile.mkdtemp(prefix="sharewell-service-tests-")
_environ = {
    "SHAREWELL_HOME": _home,
    "SHAREWELL_SECRET": "for tests alone, and no secret at all: 0123456789 abcdefghij",
    "DATABASE_URL": "dbname=unset",
    "PATH": os.environ["PATH"],
}
with mock.patch.dict(os.environ, _environ, clear=True):
    from sharewell.service.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
MFA_TOTP_TOLERANCE = 1  # a code may turn between being made and being sent
LOGGING = None
