"""How static files are named."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Names that carry the file's hash, also in `import` lines of JavaScript, so that browsers may keep files for ever.

    Before `collectstatic` has run there is no manifest and names stay plain: tests and DEBUG serve the sources
    themselves. `manage.py start_web` refuses to start in that state.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
