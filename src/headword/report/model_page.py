"""A model's page: a pure function of the report's document."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any

from headword.report import analysis_sections, sections
from headword.report.figure_html import scrolled
from headword.report.grid import Grid
from headword.report.page import asset

__all__ = ["facts", "page", "sentence"]


def page(document: Mapping[str, Any]) -> str:
    """The page as HTML; its own sheet and script are the only ones that its policy lets run, and nothing is loaded."""
    style, script = asset("page.css") + asset("model_page.css"), asset("model_page.js")
    makers = {
        sections: ("estimate", "results", "confusions", "controls"),
        analysis_sections: ("maps", "gaps", "neighbours", "naming", "hubs"),
    }
    parts = {name: getattr(module, name)(document) for module, names in makers.items() for name in names}
    return Template(asset("model_page.html")).substitute(
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
        style=style,
        script=script,
        title=escape(document["name"]),
        lead=escape(sentence(document)),
        figures=_pairs(_figures(document)),
        model=_pairs(facts(document)),
        commands="".join(
            f'<p>{escape(each["what"])}:</p>\n<pre tabindex="0"><code>{escape(each["command"])}</code></pre>'
            for each in document["commands"]
        ),
        data=_data(document),
        made=_pairs(_made(document)),
        **parts,
    )


def sentence(document: Mapping[str, Any]) -> str:
    """What the model is, in two sentences."""
    model = document["model"]
    source = {
        (True, True): f"the {model['rows'] or 0:,} rows of its classifier and pictures",
        (True, False): f"the {model['rows'] or 0:,} rows of its classifier, without a picture",
        (False, True): "pictures",
        (False, False): "pictures",
    }[model["rows"] is not None, bool(model["bridge"] or model["learnt_from"])]
    mode = {"inductive": "It judges each picture by itself (inductive)."}.get(model["mode"], f"It is {model['mode']}.")
    return (
        f"{model['image_encoder']['name']} sees, {model['text_encoder']['name']} reads, and a "
        f"{model['aligner']['kind']} aligner makes them comparable. It learnt from {source}. {mode}"
    )


def facts(document: Mapping[str, Any]) -> dict[str, str]:
    """What the model is made of."""
    model = document["model"]
    image, text = (
        f"{each['name']}, {each['dim']} dimensions, fingerprint {each['fingerprint'][:16]}"
        for each in (model["image_encoder"], model["text_encoder"])
    )
    rows, labels, aligner = model["rows"], model["labels"], model["aligner"]
    named = "none" if labels is None else f"{labels['name']}, {model['classes']:,} classes, version {labels['version']}"
    parameters = ", ".join(f"{name} {value}" for name, value in aligner["parameters"].items())
    sources = ["the head's rows"] * (rows is not None) + [f"data set {each}" for each in model["learnt_from"]]
    return {
        "Image encoder": image,
        "Text encoder": text,
        "Head": "none kept" if rows is None else f"{rows:,} prototypes, rows of norm 1",
        "Labels": named,
        "Aligner": aligner["kind"],
        "Its parameters": parameters or "none",
        "Learnt from": ", ".join(sources) or "pairs",
        "Bridge": "between prototypes and pictures" if model["bridge"] else "none",
        "Said as": ", ".join(model["templates"]),
        "How it judges": model["mode"],
    }


def _figures(document: Mapping[str, Any]) -> dict[str, str]:
    """A few numbers that sum it up, each with chance beside it."""
    out = {}
    for each in document["model"]["validation"][:1]:
        out[f"of hidden classes found first (chance {sections.format_value(each['chance1'])})"] = sections.format_value(
            each["top1"], each["top1_sd"]
        )
    own = [each for each in document["results"] if each["mode"] == document["model"]["mode"]]
    for each in own[:4]:
        metric = next(name for name in each["metrics"] if name in ("top1", "t2i_recall@1_any"))
        what = {"top1": "top 1"}.get(metric, "text to image, recall at 1")
        chance = sections.format_value(each["chance"][metric])
        out[f"{each['data']}, {what}, {each['mode']} (chance {chance})"] = sections.format_value(
            each["metrics"][metric], each["spread"].get(metric)
        )
    return out


def _data(document: Mapping[str, Any]) -> str:
    found = document["results"]
    if not found:
        return ""
    header = ("data", "split", "hash", "pictures", "licence", "templates", "definitions")
    rows = dict.fromkeys(
        (
            each["data"],
            *(str(each["settings"].get(key, "–")) for key in ("split", "split_hash")),
            f"{each['n']:,}",
            str(each["settings"].get("licence", "unknown")),
            ", ".join(each["settings"].get("templates", ["–"])),
            str(each["settings"].get("definitions", "–")),
        )
        for each in found
    )
    return scrolled(Grid("What it was judged by", header, tuple(rows), (3,)))


def _made(document: Mapping[str, Any]) -> dict[str, str]:
    made = document["provenance"]
    packages = ", ".join(f"{name} {number}" for name, number in made["packages"].items())
    called = {} if made["command"] else {"Called": "headword.report.model_report, from Python"}
    return called | {
        "Versions": f"headword {made['headword']}, Python {made['python']}, {packages}",
        "Seed": str(document["seed"]),
        "Definitions": str(document["definitions"]),
        "Date": made["date"],
    }


def _pairs(rows: Mapping[str, str]) -> str:
    return "\n".join(f"<div><dt>{escape(what)}</dt><dd>{escape(fact)}</dd></div>" for what, fact in rows.items())


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
