"""A template file read and checked whole: every mistake is listed at once, each with its place and its remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qipxl import files
from qipxl.errors import RequestError, TemplateError
from qipxl.template.inheritance import DEEPEST, extend
from qipxl.template.model import Declared
from qipxl.template.overrides import Adjustment, adjusted
from qipxl.template.template import Template
from qipxl.template.validate import find_mistakes

PARTS = ("template", "lists", "setting", "colours", "guidance", "indicator", "bank_holidays")


def shipped_templates() -> dict[str, Path]:
    """The template files that come with qipxl, by key."""
    return {path.stem: path for path in sorted(files.workbook_templates().glob("*.toml"))}


def find_template(name: str) -> Template:
    """The template of that name, or in the file of that name.

    The rules of one that comes with qipxl are read when they are needed: our tests read them all. Raises RequestError where
    there is none, TemplateError where the file has mistakes.
    """
    path = template_file(name)
    return declared_template(path) if name in shipped_templates() else load_template(path)


def template_file(name: str) -> Path:
    """The file of the template of that name; raises RequestError where there is none of that name."""
    shipped = shipped_templates()
    if name in shipped:
        return shipped[name]
    path = Path(name)
    if path.suffix == ".toml":
        return path
    near = get_close_matches(name, shipped, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise RequestError(
        f"There is no template called {name}.{hint} The templates here: {', '.join(shipped)}; a file ends in .toml."
    )


@cache
def load_template(path: Path) -> Template:
    """Read a template file.

    Raises TemplateError with every mistake of the file, each naming the file, the place and the remedy.
    """
    return refuse_wrong_rules(path.name, declared_template(path))


@cache
def declared_template(path: Path) -> Template:
    """Read a template file, but not its rules yet."""
    return built(path.name, *whole(path))


@cache
def load_adjusted(path: Path, adjustments: tuple[Adjustment, ...]) -> tuple[Template, tuple[str, ...]]:
    """A template with a provider's adjustments, and for each of them what is wrong with it, or nothing.

    One that is wrong is left out. Raises TemplateError where the file has mistakes, or has them with the adjustments.
    """
    if not adjustments:
        return load_template(path), ()
    declared, mistakes = whole(path)
    made, said = adjusted(declared, adjustments)
    return refuse_wrong_rules(path.name, built(path.name, made, mistakes)), tuple(said)


def built(name: str, declared: Mapping[str, Any], mistakes: list[str]) -> Template:
    """A template from what its file says; its rules are still to be read."""
    if mistakes:
        raise TemplateError([f"{name}: {sentence}" for sentence in mistakes])
    try:
        template = Template.model_validate(gather(declared))
    except ValidationError as error:
        raise TemplateError([f"{name}: {each}" for each in shape_mistakes(error, declared)]) from None
    mistakes = find_mistakes(template)
    if mistakes:
        raise TemplateError([f"{name}: {sentence}" for sentence in mistakes])
    return template


def refuse_wrong_rules(name: str, template: Template) -> Template:
    """The same template, its rules read; raises TemplateError with every mistake in them."""
    _, mistakes = template.compiled
    if mistakes:
        raise TemplateError([f"{name}: {sentence}" for sentence in mistakes])
    return template


def whole(path: Path, above: int = 0) -> tuple[dict[str, Any], list[str]]:
    """What a file says together with every template that it extends, and what it may not say."""
    declared = read_toml(path)
    heading = declared.get("template")
    name = heading.get("extends", "") if isinstance(heading, dict) else ""
    if not name:
        return declared, list(standing_alone(path, declared))
    below = shipped_templates().get(name) or path.parent / str(name)
    if below.suffix != ".toml" or not below.exists():
        near = get_close_matches(str(name), shipped_templates(), 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        known = ", ".join(shipped_templates())
        return declared, [f"template.extends: there is no template {name}.{hint} Those that come with qipxl: {known}."]
    if above >= DEEPEST:
        return declared, [f"template.extends: {name} extends itself, or more than {DEEPEST} templates stand in a row."]
    lower, mistakes = whole(below, above + 1)
    made, found = extend(lower, declared)
    if not is_shipped(path) and declared["template"].get("key") in (None, *shipped_templates()):
        found.append("template.key: give this template a key of its own, not that of one that comes with qipxl.")
    return made, [*mistakes, *found]


def files_of(path: Path, above: int = 0) -> list[Path]:
    """A template's file and those that it extends, without what comes with qipxl; of a template that is sound."""
    if is_shipped(path) or above > DEEPEST:
        return []
    name = read_toml(path).get("template", {}).get("extends", "")
    below = shipped_templates().get(name) or path.parent / name
    return [path, *(files_of(below, above + 1) if name else ())]


def is_shipped(path: Path) -> bool:
    """True for a file that comes with qipxl."""
    return path.resolve().parent == files.workbook_templates().resolve()


def standing_alone(path: Path, declared: Mapping[str, Any]) -> Iterator[str]:
    """A template whose actions can be summarised builds on one of qipxl's own, whose promises it then keeps."""
    actions = declared.get("actions")
    ratings = actions.get("rating", ()) if isinstance(actions, dict) else ()
    keys = [rating.get("key") for rating in ratings if isinstance(rating, dict)]
    if not is_shipped(path) and {"delivery", "headline"} <= set(keys):
        yield "template.extends is missing. A template of your own builds on another: add extends = 'core', and say only what differs."


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise RequestError(f"There is no file {path}.") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError([f"{path.name}: the file is not TOML: {error}. Mend that line first."]) from None


def gather(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Whatever is not a named part of a template is a table."""
    parts = {key: value for key, value in declared.items() if key in PARTS}
    return {**parts, "tables": {key: value for key, value in declared.items() if key not in PARTS}}


def shape_mistakes(error: ValidationError, declared: Mapping[str, Any]) -> list[str]:
    """What does not fit the shape of a template, a sentence each."""
    return [f"{place(each['loc'], declared)}: {remedy(each)}" for each in error.errors()]


def place(where: tuple[int | str, ...], declared: Mapping[str, Any]) -> str:
    """Where a mistake stands, in the file's own words, as in “actions.field due, width”."""
    parts = list(where[1:] if where[0] == "tables" else where)
    said: list[str] = []
    here: Any = declared
    for part in parts:
        here = step_into(here, part)
        if isinstance(part, int):
            name = (
                next((here[key] for key in ("key", "code", "word", "title") if key in here), "")
                if isinstance(here, dict)
                else ""
            )
            said[-1] += f" {name or part + 1}"
        else:
            said.append(part)
    return ", ".join(said)


def step_into(here: Any, part: int | str) -> Any:
    """The part of a list or a table of that number or name; None where there is none."""
    if isinstance(here, list) and isinstance(part, int):
        return here[part]
    return here.get(part) if isinstance(here, Mapping) else None


def remedy(mistake: Any) -> str:
    """What to do about one mistake of shape."""
    kind, given, limits = mistake["type"], mistake["input"], mistake.get("ctx", {})
    if kind == "extra_forbidden":
        word = str(mistake["loc"][-1])
        near = get_close_matches(word, EVERY_WORD, 1, 0.6)
        return f"{word} is not a word of a template" + (f"; did you mean {near[0]}?" if near else "; take it out.")
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
