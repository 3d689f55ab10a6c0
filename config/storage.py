"""How static files are named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names that carry the file's hash, so that browsers may keep files for ever.

    Before `collectstatic` has run there is no manifest and names stay plain: tests and DEBUG serve the sources
    themselves. `manage.py start_web` refuses to start in that state.
    """

    # Hashed names also in the `import` lines of our modules.
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        stored: str = super().stored_name(name) if self.hashed_files else name
        return stored

    def url_converter(self, name: str, hashed_files: Any, template: str | None = None) -> Callable[[Any], str]:
        """Leave the scripts of libraries as they are: some import names that only a bundler can find."""
        if name.endswith(".js") and not any(Path(folder, name).exists() for folder in settings.STATICFILES_DIRS):
            return lambda match: str(match[0])
        converter: Callable[[Any], str] = super().url_converter(name, hashed_files, template)
        return converter
