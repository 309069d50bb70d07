"""Changes that people make to a tracker before they return it, made to the demo's trackers."""

from __future__ import annotations

import os
import zipfile
from datetime import date
from pathlib import Path

from qipxl.template import Template
from qipxl.tracker import Rows

TEXT_FIELDS = ("due", "completed_on", "last_update")


def typed_as_text(rows: Rows) -> Rows:
    """The rows with some of the actions' dates as text."""
    actions = []
    for number, row in enumerate(rows.get("actions", ())):
        changed = dict(row)
        for index, key in enumerate(TEXT_FIELDS):
            value = changed.get(key)
            if isinstance(value, date) and (number + index) % 2 == 0:
                changed[key] = f"{value.day}.{value.month}.{value:%y}" if index else f"end of {value:%b}"
        actions.append(changed)
    return {**rows, "actions": actions}


def moved_column(template: Template) -> Template:
    """The template with the Owner column of Actions moved next to Ref."""
    actions = template.tables["actions"]
    ref, *others = [key for key in actions.first if key != "owner"]
    moved = actions.model_copy(update={"first": (ref, "owner", *others)})
    return template.model_copy(update={"tables": {**template.tables, "actions": moved}})


def rename_tab(path: Path, old: str, new: str) -> None:
    """Rename a tab of a workbook and the references to it, as Excel does."""
    temporary = path.with_name(f".{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            data = source.read(item)
            if item.filename == "xl/workbook.xml":
                text = data.decode().replace(f'<sheet name="{old}"', f'<sheet name="{new}"')
                data = text.replace(f"'{old}'!", f"'{new}'!").replace(f">{old}!", f">'{new}'!").encode()
            target.writestr(item, data)
    os.replace(temporary, path)
