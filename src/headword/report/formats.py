"""How values are written: shares in per cent, ranks as they are, a dash for what is unknown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from headword.metrics.table import metric_of

__all__ = ["csv_text", "format_value", "number", "percent", "spaced", "value_text"]


def number(value: float | None, metric: str = "", form: str = ".1f") -> str:
    """A value without its unit."""
    return "–" if value is None else f"{metric_of(metric).scale * value:{form}}"


def format_value(value: float | None, spread: float | None = None, metric: str = "") -> str:
    """A value with its unit and its spread."""
    unit = "" if value is None else metric_of(metric).unit
    return number(value, metric) + unit + ("" if spread is None else f" ± {number(spread, metric)}")


def percent(share: float) -> str:
    """A probability in whole per cent; what is neither 0 nor 1 is not rounded to it."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def spaced(name: str) -> str:
    """The name of a metric or setting as words."""
    return name.replace("_", " ")


def value_text(value: Any) -> str:
    """A setting's value: texts as they are, all else as JSON."""
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as a CSV file, the header among them."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
