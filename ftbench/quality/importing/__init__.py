"""Data that people have already (tables, chats, datasets) becomes a test set.

A file is read into rows; columns are matched with the fields of a case, by the user's word or by usual names; what is unsure is refused.
"""

from ftbench.quality.importing.cases import Imported, import_cases

__all__ = ["Imported", "import_cases"]
