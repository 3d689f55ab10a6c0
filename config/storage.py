"""How static files are named, and that the style sheets travel as one."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The sheet that imports all the others.
ALL_SHEETS = "css/all.css"


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

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Put the imported sheets into the one that imports them, then name and compress all files as ever."""
        if ALL_SHEETS in paths and not dry_run:
            Path(self.path(ALL_SHEETS)).write_text(self.sheets(paths), "utf-8")
            paths[ALL_SHEETS] = (self, ALL_SHEETS)
        yield from super().post_process(paths, dry_run, **options)

    @staticmethod
    def sheets(paths: dict[str, Any]) -> str:
        """The text of all imported sheets in their order, without comments."""

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return re.sub(r"/\*.*?\*/", "", file.read().decode(), flags=re.DOTALL)

        folder = ALL_SHEETS.rpartition("/")[0]
        return "".join(read(f"{folder}/{name}") for name in re.findall(r'@import "([\w-]+\.css)";', read(ALL_SHEETS)))
