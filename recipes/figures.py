"""The figures of weight recycling, drawn from our results, with the published values beside them.

    python recipes/figures.py                       # every figure whose results are there, to results/figures/
    python recipes/figures.py --only neighbours gap

Other recipes measure and this one draws: neighbours (`analysis_neighbours.py`), zero-shot (`zero_shot.py`), retrieval
(`all_aligners.py`), cosine-head (`cosine_head.py`). The gap is measured here, from pictures that those have embedded.
Published values are those of weight recycling (`figures_published.py`), of BEiT-B/16 unless said otherwise. Ours are of
EfficientNet-Lite networks, of other pictures, or of fewer classes: every figure says which, and what does not compare
stands in a panel of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from common import Remembered, data_folder, embed
from figures_published import CAPTIONS, PAPER_COSINE, PAPER_GAIN, PAPER_MEANS, PAPER_MNN, PAPER_PAIRS, PAPER_ZERO_SHOT
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import headword as hw
from headword.aligners import KernelRidge
from headword.arrays import unit

RESULTS = Path("results")
BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK, GREY = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#888888",
)  # fmt: skip


def canvas(wide: float, high: float, columns: int = 1, **options: Any) -> tuple[Figure, np.ndarray]:
    """A figure with panels side by side."""
    figure = Figure(figsize=(wide, high), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, columns, squeeze=False, **options)[0]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    return figure, axes


def caption(figure: Figure, text: str) -> None:
    """Under the panels, as wide as they are."""
    lines = fill(" ".join(text.split()), int(17 * figure.get_figwidth()))
    figure.supxlabel(lines, fontsize=7, color="#444444", x=0.01, ha="left", multialignment="left")


def told(axis: Axes, title: str, x: str = "", y: str = "") -> None:
    """Title and axes."""
    axis.set_title(title, fontsize=9, loc="left")
    axis.set_xlabel(x, fontsize=8)
    axis.set_ylabel(y, fontsize=8)


def result(name: str) -> Any:
    """What a recipe wrote; `None` where it has not run."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def short(network: str) -> str:
    """Without the folder."""
    return network.removeprefix("bundled/").replace("efficientnet-lite", "Lite")


def neighbours() -> Figure | None:
    """m_NN of prototypes and of means of pictures with names."""
    found = result("analysis_neighbours")
    if found is None:
        return None
    raw = found["raw"]
    networks = list(dict.fromkeys(key.partition(",")[0] for key in raw))
    figure, (left, right) = canvas(9.6, 4.2, 2, width_ratios=(1, 1.25))
    _prototypes(left, raw, networks)
    _means(right, raw, networks)
    return figure


def _prototypes(left: Axes, raw: Any, networks: list[str]) -> None:
    ks = list(PAPER_MNN)
    width = 0.8 / (len(networks) + 1)
    places = np.arange(len(ks))
    left.bar(places, list(PAPER_MNN.values()), width, color=ORANGE, label="published")
    for i, (network, colour) in enumerate(zip(networks, (BLUE, SKY, GREEN), strict=False), 1):
        each = [one for one in raw[f"{network}, prototypes, all classes"] if one["measure"] == "mutual k-NN"]
        left.bar(places + i * width, [one["value"] for one in each], width, color=colour, label=short(network))
    nulls = [one["null"]["mean"] for one in each]
    left.hlines(nulls, places - width / 2, places + (len(networks) + 0.5) * width, color=BLACK, linewidth=1.2,
                label="permuted names")  # fmt: skip
    left.set_xticks(places + len(networks) * width / 2, [f"k = {k}" for k in ks])
    told(left, "Prototypes with names, N = 1,000", y="m_NN")
    left.set_ylim(0, 0.4)
    left.legend(fontsize=7, frameon=False, ncols=2, loc="upper left")


def _means(right: Axes, raw: Any, networks: list[str]) -> None:
    right.plot(
        list(PAPER_MEANS), list(PAPER_MEANS.values()), "o-", color=ORANGE, label="published, 1,000 classes: means"
    )
    right.axhline(PAPER_MNN[10], color=ORANGE, linestyle="--", linewidth=1, label="published: prototypes")
    for network, colour in zip(networks, (BLUE, SKY, GREEN), strict=False):
        curve = raw[f"{network}, means among all prototypes"]
        n, mean, sd = (np.array([one[key] for one in curve["points"]]) for key in ("pictures", "mean", "sd"))
        right.errorbar(n, mean, sd, marker="s", markersize=4, capsize=2, color=colour,
                       label=f"{short(network)}, 10 classes: means")  # fmt: skip
        value = curve["prototypes"]["value"]
        right.axhline(value, color=colour, linestyle="--", linewidth=1, label=f"{short(network)}: prototypes")
    right.axhline(curve["prototypes"]["chance"], color=GREY, linestyle=":", linewidth=1, label="chance")
    right.set_xscale("log")
    right.set_xticks([1, 2, 3, 5, 10, 20, 50], ["1", "2", "3", "5", "10", "20", "50"])
    right.minorticks_off()
    told(right, "How many pictures is a prototype worth? k = 10", "pictures of each class", "m_NN")
    right.set_ylim(0, 0.4)
    right.legend(fontsize=6.5, frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1, 0.06))


def zero_shot() -> Figure | None:
    """Accuracy on data sets, with CLIP's as marks."""
    found = result("zero_shot")
    if found is None:
        return None
    figure, (left, right) = canvas(10.4, 4.4, 2, width_ratios=(1.5, 1), sharey=True)
    places, width = np.arange(len(PAPER_ZERO_SHOT)), 0.4
    one, twenty, clip = np.transpose(list(PAPER_ZERO_SHOT.values()))
    left.bar(places - width / 2, one, width, color=SKY, label="ImageNet-1k head")
    left.bar(places + width / 2, twenty, width, color=BLUE, label="ImageNet-21k head")
    left.hlines(clip, places - width, places + width, color=RED, linewidth=2, label="CLIP ViT-B/16")
    left.set_xticks(places, list(PAPER_ZERO_SHOT), rotation=35, ha="right")
    told(left, "Published: BEiT-B/16, whole test sets", y="top-1, %")
    left.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(0, 1.0))
    rows = [row for row in found["table"] if row["data set"] != "mean"]
    values, errors = np.transpose([[float(x) for x in row["names"].split(" ± ")] for row in rows])
    places = np.arange(len(rows))
    right.bar(places, values, 0.6, yerr=errors, capsize=2, color=GREEN, label="ours, ImageNet-1k head")
    chance = [float(row["chance"]) for row in rows]
    right.hlines(chance, places - 0.36, places + 0.36, color=BLACK, linewidth=1.2, label="chance")
    for place, row in zip(places, rows, strict=True):
        if row["data set"] == "cifar10":
            right.hlines(PAPER_ZERO_SHOT["CIFAR-10"][2], place - 0.36, place + 0.36, color=RED, linewidth=2)
    right.set_xticks(places, [row["data set"] for row in rows], rotation=35, ha="right")
    told(right, "Ours: EfficientNet-Lite0 and MiniLM, small sets")
    right.legend(fontsize=7, frameon=False, loc="upper left")
    left.set_ylim(0, 112)
    return figure


def retrieval() -> Figure | None:
    """What rows add to picture-pairs."""
    path = RESULTS / "all_aligners.jsonl"
    if not path.exists():
        return None
    runs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    metric, pairs = "flickr8k-dev i2t", (0, 100, 500, 1_500)
    scores: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for run in runs:
        if metric in run:
            scores[run["line"], run["task"]][run["seed"]] = run[metric]
    figure, (left, right) = canvas(10.0, 4.2, 2)
    for (name, gains), colour, mark in zip(PAPER_GAIN.items(), (BLUE, RED, GREEN), "osD", strict=True):
        left.plot(range(len(gains)), [100 * gain for gain in gains], f"{mark}-", color=colour, label=name)
    left.set_xticks(range(len(PAPER_PAIRS)), ["0", "1k", "5k", "10k", "30k"])
    told(left, "Published: Flickr30k, ImageNet-21k rows", "picture-pairs beside the rows", "gain in i2t mAP, points")
    _gains(right, scores, pairs)
    for axis in (left, right):
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.legend(fontsize=7, frameon=False)
    return figure


def _gains(right: Axes, scores: dict[tuple[str, str], dict[int, float]], pairs: tuple[int, ...]) -> None:
    shown = {
        "kernel-ridge": (BLACK, "*"), "ridge": (ORANGE, "v"), "csa": (PINK, "s"), "text-to-concept": (GREEN, "D"),
        "mlp, paper, names": (BLUE, "o"), "csa, paper, names": (RED, "s"),
    }  # fmt: skip
    for name, (colour, mark) in shown.items():
        means, spreads, at = [], [], []
        for place, n in enumerate(pairs):
            with_rows = scores[name, "rows" if n == 0 else f"{n} rows+pairs"]
            without = scores[name, f"{n} pairs"]
            gains = [100 * (value - (without[seed] if n else 0)) for seed, value in with_rows.items()
                     if n == 0 or seed in without]  # fmt: skip
            if gains:
                at.append(place)
                means.append(np.mean(gains))
                spreads.append(np.std(gains, ddof=1) if len(gains) > 1 else 0.0)
        right.errorbar(at, means, spreads, marker=mark, color=colour, capsize=2, label=name)
    right.set_xticks(range(len(pairs)), [f"{n:,}" for n in pairs])
    told(right, "Ours: flickr8k-dev, ImageNet-1k rows", "picture-pairs beside the rows",
         "gain in i2t recall, points")  # fmt: skip


def gap() -> Figure | None:
    """Prototypes, pictures and held-out names on a plane."""
    image, text = (hw.load_image_encoder("bundled/efficientnet-lite0"),
                   Remembered(hw.load_text_encoder("bundled/all-minilm-l6-v2")))  # fmt: skip
    head = image.head()
    images = embed(image, data_folder("unseen") / "imagenet-500")
    classes = np.array([head.labels.ids.index(Path(each).stem) for each in images.ids])
    pairs = hw.Pairs.from_head(head, text)
    mapped = np.empty(head.weight.shape, dtype=np.float32)
    for fold in KernelRidge(gamma=2.0, alpha=0.1).held_out(pairs.x, pairs.y, pairs.weight):
        mapped[fold.rows] = fold.text
    kinds = {
        "prototypes": head.prototypes[classes], "pictures": unit(images.vectors), "names": unit(mapped[classes]),
    }  # fmt: skip
    treated = {
        "unit rows": kinds,
        "less the mean of their kind": {name: unit(each - each.mean(axis=0)) for name, each in kinds.items()},
    }
    figure, axes = canvas(9.6, 4.8, 2)
    for axis, (title, each) in zip(axes, treated.items(), strict=True):
        plane, how = flattened(np.concatenate(list(each.values())))
        parts = np.split(plane, np.cumsum([len(rows) for rows in each.values()])[:-1])
        for (name, points), colour, mark in zip(zip(each, parts, strict=True), (BLUE, RED, GREEN), "os^", strict=True):
            axis.scatter(*points.T, s=9, c=colour, marker=mark, alpha=0.55, linewidths=0, label=name)
        told(axis, f"{title}, {how}")
        axis.axis("off")
        axis.set_aspect("equal", "datalim")
    axes[0].legend(fontsize=8, frameon=False, markerscale=1.8, loc="best")
    return figure


def flattened(rows: np.ndarray) -> tuple[np.ndarray, str]:
    """Two dimensions, and how they were made."""
    if find_spec("umap"):
        from umap import UMAP

        return UMAP(metric="cosine", random_state=0).fit_transform(rows), "UMAP"
    left, sizes, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    share = 100 * (sizes[:2] ** 2).sum() / (sizes**2).sum()
    return left[:, :2] * sizes[:2], f"PCA ({share:.0f} % of the variance)"


def cosine_head() -> Figure | None:
    """Linear against cosine head."""
    found = result("cosine_head")
    if found is None:
        return None
    rows = [(name, "ImageNet validation", "50,000", f"{one:.2f}", f"{other:.2f}", f"{one - other:.2f}")
            for name, (one, other) in PAPER_COSINE.items()]  # fmt: skip
    ours = [(short(row["network"]), row["pictures of"], row["n"], row["linear"], row["cosine"], row["loss"])
            for row in found["table"]]  # fmt: skip
    figure, (axis,) = canvas(7.6, 4.2)
    axis.axis("off")
    header = ("network", "pictures", "N", "linear head, %", "cosine head, %", "points lost")
    widths = (0.16, 0.24, 0.1, 0.17, 0.18, 0.15)
    table = axis.table([*rows, *ours], colLabels=header, cellLoc="right", colLoc="right", bbox=(0, 0, 1, 1),
                       colWidths=widths)  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(8)
    for (row, column), cell in table.get_celld().items():
        cell.visible_edges = "B" if row in (0, len(rows)) else ""
        cell.get_text().set_fontweight("bold" if row == 0 else "normal")
        if column < 2:
            cell.get_text().set_ha("left")
    told(axis, "A classifier by the angle to its prototypes alone")
    return figure


FIGURES: dict[str, Callable[[], Figure | None]] = {
    "neighbours": neighbours,
    "zero-shot": zero_shot,
    "retrieval": retrieval,
    "gap": gap,
    "cosine-head": cosine_head,
}


def main() -> None:
    """Draws each figure and tells which could not be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(FIGURES), default=list(FIGURES), metavar="FIGURE")
    args = parser.parse_args()
    folder = RESULTS / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    for name in args.only:
        figure = FIGURES[name]()
        if figure is None:
            sys.stdout.write(f"{name}: not drawn, for its recipe has not been run\n")
            continue
        caption(figure, CAPTIONS[name])
        figure.savefig(folder / f"{name}.png")
        sys.stdout.write(f"written to {folder / name}.png\n")


if __name__ == "__main__":
    main()
