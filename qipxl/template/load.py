"""Reading and checking a template file: one error lists every mistake, each with its location and its remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qipxl import files
from qipxl.errors import RequestError, TemplateError
from qipxl.template.frameworks import FrameworkInForce
from qipxl.template.inheritance import DEEPEST, extend
from qipxl.template.model import Declared
from qipxl.template.overrides import Adjustment, apply_adjustments, with_register
from qipxl.template.statement_lists import in_framework, with_statements
from qipxl.template.template import Template, refuse
from qipxl.template.validate import find_mistakes
from qipxl.text import did_you_mean

PARTS = ("template", "lists", "setting", "colours", "guidance", "indicator", "bank_holidays", "provider")


def shipped_templates() -> dict[str, Path]:
    """The template files that come with qipxl, by key."""
    return {path.stem: path for path in sorted(files.workbook_templates().glob("*.toml"))}


def find_template(name: str) -> Template:
    """Find a template by name or by file.

    `name` is the key of a template that comes with qipxl, or the path of a .toml file. The rules of a template that comes
    with qipxl are read when they are first needed; those of a file are checked at once. Raises RequestError if there is
    no such template or file, TemplateError with every mistake if the file has mistakes.

    >>> find_template("core").tables["actions"].sheet
    'Actions'
    """
    path = template_file(name)
    return declared_template(path) if name in shipped_templates() else load_template(path)


def template_file(name: str) -> Path:
    """The file of the template `name` (a key or the path of a .toml file); raises RequestError if there is no such template."""
    shipped = shipped_templates()
    if name in shipped:
        return shipped[name]
    path = Path(name)
    if path.suffix == ".toml":
        return path
    raise RequestError(
        f"There is no template called {name}.{did_you_mean(name, shipped)} The templates here: {', '.join(shipped)}; "
        "a file ends in .toml."
    )


@cache
def load_template(path: Path) -> Template:
    """Read and check a template file.

    `path` is a .toml file. Raises RequestError if the file cannot be read, TemplateError with every mistake of the file,
    each with the file's name, the location and the remedy. A file that was read before comes from a cache.

    >>> load_template(template_file("core")).key
    'core'
    """
    return check_rules(path.name, declared_template(path))


@cache
def declared_template(path: Path) -> Template:
    """Read a template file without its rules; raises TemplateError with every mistake."""
    return build_template(path.name, *with_bases(path))


@cache
def load_adjusted(
    path: Path, adjustments: tuple[Adjustment, ...], in_force: FrameworkInForce | None = None
) -> tuple[Template, tuple[str, ...]]:
    """A template for a provider with a register, with the provider's adjustments, and the mistake of each ("" if it has none).

    A wrong adjustment is left out. `in_force` is the list of quality statements in force, if it is not the default. The rules of
    a template that comes with qipxl are read when they are first needed.

    Raises TemplateError if the file has mistakes before or after the adjustments.
    """
    declared, mistakes = with_bases(path)
    if in_force is not None:
        declared = in_framework(declared, in_force)
    adjusted, refused = apply_adjustments(with_register(declared), adjustments)
    template = build_template(path.name, adjusted, mistakes)
    is_as_shipped = is_shipped(path) and not adjustments and in_force is None
    return template if is_as_shipped else check_rules(path.name, template), tuple(refused)


def build_template(name: str, declared: Mapping[str, Any], mistakes: list[str]) -> Template:
    """A template, its rules not read yet, from the declaration of file `name`; raises TemplateError with every mistake."""
    refuse(name, mistakes)
    try:
        template = Template.model_validate(gather(declared))
    except ValidationError as error:
        sentences = [f"{location(mistake['loc'], declared)}: {remedy(mistake)}" for mistake in error.errors()]
        raise TemplateError([f"{name}: {sentence}" for sentence in sentences]) from None
    refuse(name, find_mistakes(template))
    return template


def check_rules(name: str, template: Template) -> Template:
    """The same template with its rules read; raises TemplateError with every mistake in them."""
    _, mistakes = template.compiled
    refuse(name, [*mistakes, *template.provider_compiled[1]])
    return template


@cache
def shipped_declaration(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The same as `with_bases` for a file that comes with qipxl: read once, because each template builds on one of them."""
    return merged_declaration(path)


def with_bases(path: Path, depth: int = 0) -> tuple[dict[str, Any], list[str]]:
    """The declaration of a file merged into those of the templates it extends, and the mistakes in it."""
    return shipped_declaration(path) if is_shipped(path) else merged_declaration(path, depth)


def merged_declaration(path: Path, depth: int = 0) -> tuple[dict[str, Any], list[str]]:
    """The same as `with_bases`, from the file itself; neither result may be changed."""
    declared = with_statements(read_toml(path))
    heading = declared.get("template")
    name = heading.get("extends", "") if isinstance(heading, dict) else ""
    if not name:
        return declared, list(missing_base(path, declared))
    base_path = shipped_templates().get(name) or path.parent / str(name)
    if base_path.suffix != ".toml" or not base_path.exists():
        hint, known = did_you_mean(str(name), shipped_templates()), ", ".join(shipped_templates())
        return declared, [f"template.extends: there is no template {name}.{hint} Those that come with qipxl: {known}."]
    if depth >= DEEPEST:
        return declared, [f"template.extends: {name} extends itself, or the chain has more than {DEEPEST} templates."]
    base, base_mistakes = with_bases(base_path, depth + 1)
    merged, mistakes = extend(base, declared, shipped=is_shipped(path))
    if not is_shipped(path) and declared["template"].get("key") in (None, *shipped_templates()):
        mistakes.append("template.key: give this template a key of its own, not that of one that comes with qipxl.")
    return merged, [*base_mistakes, *mistakes]


def files_of(path: Path, depth: int = 0) -> list[Path]:
    """The file of a correct template and those that it extends, without the files that come with qipxl."""
    if is_shipped(path) or depth > DEEPEST:
        return []
    name = read_toml(path).get("template", {}).get("extends", "")
    base_path = shipped_templates().get(name) or path.parent / name
    return [path, *(files_of(base_path, depth + 1) if name else ())]


def is_shipped(path: Path) -> bool:
    """True for a file that comes with qipxl."""
    return path.resolve().parent == files.workbook_templates().resolve()


def missing_base(path: Path, declared: Mapping[str, Any]) -> Iterator[str]:
    """The mistake that a provider's template with rated actions extends no other, so that qipxl's rules do not bind it."""
    actions = declared.get("actions")
    ratings = actions.get("rating", ()) if isinstance(actions, dict) else ()
    keys = [rating.get("key") for rating in ratings if isinstance(rating, dict)]
    if not is_shipped(path) and {"delivery", "headline"} <= set(keys):
        yield "template.extends is missing. A template of your own extends another: add extends = 'core', and give only what differs."


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file; raises RequestError if it cannot be read, TemplateError if it is not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise RequestError(f"There is no file {path}.") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError([f"{path.name}: the file is not TOML: {error}. Correct that line first."]) from None


def gather(declared: Mapping[str, Any]) -> dict[str, Any]:
    """The declaration with its tables together: each key that is no other part of a template is a table."""
    parts = {key: value for key, value in declared.items() if key in PARTS}
    return {**parts, "tables": {key: value for key, value in declared.items() if key not in PARTS}}


def location(path: tuple[int | str, ...], declared: Mapping[str, Any]) -> str:
    """The location of a mistake with the names that the file uses, as in “actions, field due, width”."""
    names: list[str] = []
    value: Any = declared
    for part in path[1:] if path[0] == "tables" else path:
        value = value_at(value, part)
        if isinstance(part, int):
            entries = value if isinstance(value, dict) else {}
            name = next((entries[key] for key in ("key", "code", "word", "title") if key in entries), part + 1)
            names[-1] += f" {name or part + 1}"
        else:
            names.append(part)
    return ", ".join(names)


def value_at(parent: Any, part: int | str) -> Any:
    """The member of a list with this index or the entry of a table with this key; None if there is none."""
    if isinstance(parent, list) and isinstance(part, int):
        return parent[part]
    return parent.get(part) if isinstance(parent, Mapping) else None


def remedy(mistake: Any) -> str:
    """What is wrong with one entry, and what to do."""
    kind, given, limits = mistake["type"], mistake["input"], mistake.get("ctx", {})
    if kind == "extra_forbidden":
        word = str(mistake["loc"][-1])
        return f"{word} is not a word of a template.{did_you_mean(word, EVERY_WORD) or ' Take it out.'}"
    if kind == "missing":
        return "this is missing; add it."
    if kind == "string_too_long":
        return f"this text has {len(given)} characters; the most is {limits['max_length']}. Shorten it."
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not have the form {limits['pattern']}."
    if kind == "literal_error":
        return f"{given!r} is not one of {limits['expected']}."
    return f"{given!r} does not fit: {mistake['msg'][0].lower()}{mistake['msg'][1:]}."


EVERY_WORD = sorted({name for model in Declared.__subclasses__() for name in model.model_fields})
