"""Is one output in the agreed format? Strict where the client's program is strict.

One file a format, each raising ValueError on what a parser refuses; `validate` puts them together. Nothing here raises on a text.
"""

from ftbench.quality.formats.json_schema import check_schema, read_schema, schema_errors
from ftbench.quality.formats.json_text import strict_json
from ftbench.quality.formats.validate import FormatVerdict, Rules, has_section, validate

__all__ = ["FormatVerdict", "Rules", "check_schema", "has_section", "read_schema", "schema_errors", "strict_json", "validate"]
