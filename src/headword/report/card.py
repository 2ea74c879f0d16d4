"""A model card in Markdown, made of a report's document alone; its front matter is what Hugging Face reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from headword.model.validation import HeldOut
from headword.report.formats import format_value, spaced
from headword.report.grid import Grid
from headword.report.model_page import facts, sentence
from headword.report.views import held_out_grid

__all__ = ["card"]

TAGS = ("headword", "zero-shot-image-classification", "vision-language", "open-vocabulary")

LIMITS = (
    "It knows what its image encoder learnt to tell apart and its text encoder learnt to say, and inherits the biases "
    "of both. Neither was looked at here.",
    "Words far from its classes, fine distinctions, counts, places and relations in a picture are beyond it.",
    "Probabilities are among the labels that were asked for: where none fits, one of them is still the best, unless "
    "'none of these' may be answered.",
    "Held-out classes are looked for by their rows, which stand for perfect pictures; real pictures are found less "
    "often, by about half.",
    "Decisions about people, or where an error does harm, need a test on pictures of their own kind first.",
)


def card(document: Mapping[str, Any], licence: str) -> str:
    """The card.

    Args:
        document: The report's document.
        licence: The model's licence; "unknown" where nobody has said.
    """
    name, model = _line(document["name"]), document["model"]
    parts = [
        _front(document, licence),
        f"# {name}",
        _line(sentence(document)),
        "\n".join(f"- {what}: {_line(fact)}" for what, fact in facts(document).items()),
        "## Use",
        f"```python\nimport headword as hw\n\nmodel = hw.AlignedModel.from_pretrained({_quoted(document['name'])})\n"
        'model.classify("holiday/*.jpg", ["a lighthouse", "a vineyard", "my bicycle"])\n```',
        "## What to expect of words it never saw",
        _estimate(model),
        "## Results on pictures",
        _results(document),
        "## Controls",
        _controls(document),
        "## Limitations",
        "\n".join(f"- {each}" for each in (*_own_limits(document, licence), *LIMITS)),
        "## Made by",
        "\n".join(f"{each['what']}:\n\n    {_line(each['command'])}\n" for each in document["commands"]),
        f"headword {document['provenance']['headword']}, {document['provenance']['date']}, seed {document['seed']}.",
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _front(document: Mapping[str, Any], licence: str) -> str:
    sets = list(dict.fromkeys(each["data"] for each in document["results"]))
    lines = [
        "library_name: headword",
        "pipeline_tag: zero-shot-image-classification",
        f"license: {_quoted(licence)}",
        "tags:",
        *(f"- {tag}" for tag in TAGS),
        *(["datasets_judged_by:", *(f"- {_quoted(each)}" for each in sets)] if sets else []),
    ]
    return "\n".join(["---", *lines, "---"])


def _estimate(model: Mapping[str, Any]) -> str:
    if not model["validation"]:
        return "Not estimated."
    kind = model["aligner"]["kind"]
    grid = held_out_grid([(kind, HeldOut(**each)) for each in model["validation"]])
    return f"{grid.title}:\n\n{grid.as_markdown()}"


def _results(document: Mapping[str, Any]) -> str:
    if not document["results"]:
        return "None measured."
    rows = tuple(
        (
            _line(each["data"]),
            _line(each["mode"]),
            f"{each['n']:,}",
            spaced(metric),
            format_value(value, each["spread"].get(metric), metric),
            format_value(each["chance"].get(metric), None, metric),
        )
        for each in document["results"]
        for metric, value in each["metrics"].items()
    )
    header = ("data", "how", "pictures", "metric", "value ± standard error", "chance")
    return Grid("", header, rows, (2, 4, 5)).as_markdown()


def _controls(document: Mapping[str, Any]) -> str:
    if not document["controls"]:
        return f"None: {document['left_out'].get('controls', 'nothing to compare')}."
    rows = tuple(
        (
            _line(each["what"]),
            spaced(each["metric"]),
            format_value(each["value"], each["spread"]),
            format_value(each["permuted"], each["permuted_sd"]),
            format_value(each["chance"]),
        )
        for each in document["controls"]
    )
    return Grid("", ("what", "metric", "true names", "names permuted", "chance"), rows, (2, 3, 4)).as_markdown()


def _own_limits(document: Mapping[str, Any], licence: str) -> list[str]:
    """What is not known of just this model."""
    out = []
    if licence == "unknown":
        out.append("Its licence is unknown. Those of both encoders, and of the pictures they learnt from, bind it.")
    if not document["results"]:
        out.append("It was judged on no picture.")
    unknown = dict.fromkeys(
        each["data"] for each in document["results"] if each["settings"].get("licence", "unknown") == "unknown"
    )
    if unknown:
        out.append(f"The licence of the pictures it was judged by is unknown: {_line(', '.join(unknown))}.")
    return out


def _quoted(text: str) -> str:
    """In quotes that YAML and Python read alike, without what would end a block of code or begin a tag."""
    return json.dumps(text).replace("`", "\\u0060").replace("<", "\\u003c")


def _line(text: str) -> str:
    """On one line, and with nothing that Markdown would take for a tag."""
    return " ".join(text.split()).replace("<", "&lt;")
