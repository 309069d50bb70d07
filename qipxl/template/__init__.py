"""Templates: TOML files read into frozen records; one error lists every mistake of a file."""

from qipxl.template.load import files_of, find_template, load_adjusted, load_template, shipped_templates, template_file
from qipxl.template.model import SEVERITIES, FieldLine, TableLine, TrendLine
from qipxl.template.overrides import Adjustment
from qipxl.template.template import Template

__all__ = [
    "SEVERITIES",
    "Adjustment",
    "FieldLine",
    "TableLine",
    "Template",
    "TrendLine",
    "files_of",
    "find_template",
    "load_adjusted",
    "load_template",
    "shipped_templates",
    "template_file",
]
