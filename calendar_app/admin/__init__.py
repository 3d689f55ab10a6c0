"""The administrator's pages, found by Django under this name."""

from calendar_app.admin import people, records, reference

__all__ = ["people", "records", "reference"]
