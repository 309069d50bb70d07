"""Templates: TOML files read into frozen records, with every mistake of a file in one error."""

from qipxl.template.load import find_template, load_template, shipped_templates
from qipxl.template.model import SEVERITIES, FieldLine, TableLine, Template

__all__ = ["SEVERITIES", "FieldLine", "TableLine", "Template", "find_template", "load_template", "shipped_templates"]
