"""A model's page: a pure function of the report's document."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from headword.report import analysis_sections, sections
from headword.report.formats import format_value
from headword.report.grid import Grid
from headword.report.rendering import asset, render

__all__ = ["facts", "page", "sentence"]


def page(document: Mapping[str, Any]) -> str:
    """The page as HTML; its own sheet and script are the only ones that its policy lets run, and nothing is loaded."""
    style, script = asset("page.css") + asset("model_page.css"), asset("model_page.js")
    found = document["results"]
    lost = [
        f"{len(each['unreadable'])} pictures of {each['data']} could not be read."
        for each in found
        if each["unreadable"]
    ]
    filled = render(
        "model_page.html",
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
        style=style,
        script=script,
        document=document,
        title=document["name"],
        lead=sentence(document),
        figures=_figures(document).items(),
        facts=facts(document),
        unreadable=dict.fromkeys(lost),
        inductive=[each for each in found if each["mode"] == "inductive"],
        adapted=[each for each in found if each["mode"] != "inductive"],
        judged_by=_judged_by(found),
        made=_made(document),
        sections=sections,
        analyses=analysis_sections,
        format_value=format_value,
    )
    return str(filled)


def sentence(document: Mapping[str, Any]) -> str:
    """What the model is, in a few sentences."""
    model = document["model"]
    source = "pictures"
    if model["rows"] is not None:
        beside = " and pictures" if model["bridge"] or model["learnt_from"] else ", without a picture"
        source = f"the {model['rows']:,} rows of its classifier{beside}"
    mode = (
        "It judges each picture by itself (inductive)." if model["mode"] == "inductive" else f"It is {model['mode']}."
    )
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
        chance = format_value(each["chance1"])
        out[f"of hidden classes found first (chance {chance})"] = format_value(each["top1"], each["top1_sd"])
    own = [each for each in document["results"] if each["mode"] == document["model"]["mode"]]
    for each in own[:4]:
        metric = next(name for name in each["metrics"] if name in ("top1", "t2i_recall@1_any"))
        what = "top 1" if metric == "top1" else "text to image, recall at 1"
        name = f"{each['data']}, {what}, {each['mode']} (chance {format_value(each['chance'][metric])})"
        out[name] = format_value(each["metrics"][metric], each["spread"].get(metric))
    return out


def _judged_by(results: list[Mapping[str, Any]]) -> Grid:
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
        for each in results
    )
    return Grid("What it was judged by", header, tuple(rows), (3,))


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


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
