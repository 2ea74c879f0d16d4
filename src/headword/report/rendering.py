"""HTML and SVG from templates, in which every value is escaped unless it is `Markup`, and a missing one is an error."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["asset", "render", "write_html"]


def asset(name: str) -> Markup:
    """The text of a style sheet or script, as it is."""
    from markupsafe import Markup

    return Markup((files("headword.report") / "templates" / name).read_text(encoding="utf-8"))


def render(template: str, **values: Any) -> Markup:
    """Fills in a template; what comes back may be part of another one."""
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(values))


def write_html(path: Path, text: str) -> None:
    """Writes a page; one that is half-written is not left behind."""
    from headword.storage.model_files import atomic_write

    with atomic_write(path) as fresh:
        fresh.write_text(text, encoding="utf-8", errors="replace")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("headword.report")
    return Environment(autoescape=True, undefined=StrictUndefined, loader=loader, trim_blocks=True, lstrip_blocks=True)
