"""One table: all aligners × unseen classes, zero-shot sets, and retrieval with 0, 100, 500 and 1,500 picture-pairs.

    python recipes/all_aligners.py                                  # all; finished runs are not repeated
    python recipes/all_aligners.py --aligners kernel-ridge csa --seeds 1
    python recipes/all_aligners.py --table                          # the tables of what has been run

Every aligner gets the same embeddings. It learns from the head's names, synonyms and definitions, but for the lines
marked "names": those learn from bare names, as weight recycling does. The lines marked "paper" are the published
methods as they were: plain concatenation of rows and pictures where others go across the bridge, no ridge for CSA,
and the MLP at its 2,500 epochs wherever it learns from head rows alone (with pictures 30 epochs of its schedule, for
it has as many texts there as ten times its rows). Other trained aligners stop early on hidden classes.

Unseen classes: top-1 among 200 names with plain names and with definitions, splits 0…2 of `unseen_classes.py`.
Zero-shot: mean accuracy per class with plain names. Retrieval: R@1, R@5 and R@10 ("any hit") averaged, text→image and
image→text; picture-pairs are drawn from flickr8k-train by seed. A method without a random part has no spread where
nothing is drawn. Fit seconds are of a shared machine: an order of magnitude.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from common import Remembered, data_folder, embed, report

import headword as hw
from headword.aligners import Aligner, registry
from headword.datasets import Captioned, load
from headword.metrics.retrieval import retrieval_ranks
from headword.model.aligned import AlignedModel
from headword.model.calibration import Calibration
from headword.pairs.bridge import Bridge

RUNS = Path("results/all_aligners.jsonl")
SETS = ("flickr8k-dev", "coco-mini")
PAIRS = (100, 500, 1500)
KS = (1, 5, 10)


@dataclass(frozen=True)
class Line:
    """One line of the table: an aligner with parameters, and what it learns from."""

    kind: str
    rows: dict[str, Any] = field(default_factory=dict)
    mixed: dict[str, Any] | None = None
    names: bool = False
    plain: bool = False
    random: bool = False

    def aligner(self, seed: int, *, mixed: bool) -> Aligner:
        """Not fitted yet; `mixed` is whether pictures come in."""
        options = self.rows if self.mixed is None or not mixed else self.mixed
        return registry[self.kind](**options, **({"seed": 42 + seed} if self.random else {}))


LINES = {
    "kernel-ridge": Line("kernel-ridge"),
    "asif": Line("asif"),
    "csa": Line("csa"),
    "procrustes": Line("procrustes"),
    "ridge": Line("ridge"),
    "text-to-concept": Line("text-to-concept"),
    "contrastive": Line("contrastive", random=True),
    "structure": Line("structure", random=True),
    "devise": Line("devise", random=True),
    "sail": Line("sail", {"epochs": 30, "patience": 5}, random=True),
    "linear-cosine, names": Line("linear-cosine", {"epochs": 200, "patience": 20}, names=True, random=True),
    "linear-mse, names": Line("linear-mse", {"epochs": 200, "patience": 20}, names=True, random=True),
    "csa, paper, names": Line("csa", {"alpha": 1e-5, "n_components": 200}, names=True, plain=True),
    "mlp, paper, names": Line(
        "mlp", {"epochs": 2500, "checkpoint": "results/fits"}, {"epochs": 30}, names=True, plain=True, random=True
    ),
}


class Bench:
    """The embeddings, and what is done with them."""

    def __init__(self, image: str, text: str) -> None:
        self.image, self.text = hw.load_image_encoder(image), Remembered(hw.load_text_encoder(text))
        self.head = self.image.head()
        self.every = hw.Pairs.from_head(self.head, self.text)
        self.bare = hw.Pairs.from_head(self.head, self.text, synonyms=False, definitions=None)
        found = embed(self.image, data_folder("unseen") / "imagenet-500")
        self.classes = np.array([self.head.labels.ids.index(Path(each).stem) for each in found.ids])
        self.images = found.vectors
        self.captioned = {name: self._captioned(name) for name in (*SETS, "flickr8k-train")}

    def _captioned(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        folder = data_folder("captions") / name
        data = load(folder / "captions.csv")
        assert isinstance(data, Captioned)
        found = embed(self.image, folder / "images")
        place = {Path(each).name: row for row, each in enumerate(found.ids)}
        rows = np.array([place[Path(each).name] for each in data.ids])
        return found.vectors[rows], self.text.encode(data.captions), data.image_of

    def model(self, line: Line, pairs: hw.Pairs, seed: int) -> tuple[AlignedModel, float]:
        """Fitted and measured against its own rows, but not validated; and the seconds of the fit."""
        mixed = set(pairs.source) != {"head"}
        bridge = Bridge.fit(pairs) if mixed and not line.plain else None
        learnt = bridge.pairs(pairs) if bridge else pairs
        started = time.perf_counter()
        aligner = line.aligner(seed, mixed=mixed).fit(learnt.x, learnt.y, learnt.weight)
        seconds = time.perf_counter() - started
        rows = aligner.transform_image(learnt.x[np.unique(learnt.group, return_index=True)[1]])
        calibration = Calibration.from_rows(rows)
        return AlignedModel(self.image, self.text, aligner, calibration, bridge=bridge), seconds

    def rows(self, line: Line) -> hw.Pairs:
        """The head's pairs, as the line says the classes."""
        return self.bare if line.names else self.every

    def drawn(self, n: int, seed: int, source: str = "flickr8k-train") -> hw.Pairs:
        """Pairs of n pictures and all their captions."""
        x, y, image_of = self.captioned[source]
        kept = np.sort(np.random.default_rng(seed).permutation(len(x))[:n])
        where = np.isin(image_of, kept)
        return hw.Pairs.from_captions(x[kept], y[where], np.searchsorted(kept, image_of[where]))

    def unseen(self, line: Line, split: int) -> dict[str, float]:
        """Top-1 on pictures of hidden classes."""
        order = np.random.RandomState(split).permutation(1000)  # the protocol's generator
        place = np.argsort(order) - 800
        tested = place[self.classes] >= 0
        model, seconds = self.model(line, self.rows(line).take(order[:800]), split)
        image, truth = model.map_image(self.images[tested]), place[self.classes[tested]]
        out = {"seconds": seconds}
        for key, definitions in (("names", None), ("definitions", "auto")):
            text = model.encode_labels(self.head.labels.take(order[800:]), definitions)
            out[key] = float((model.calibration.standard(image, text).argmax(axis=1) == truth).mean())
        return out

    def zero_shot(self, model: AlignedModel) -> dict[str, float]:
        """Mean accuracy per class of each set."""
        out = {}
        for folder in sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir()):
            found = embed(self.image, folder)
            labels = sorted(each.name for each in folder.iterdir() if each.is_dir())
            truth = np.array([labels.index(Path(each).parent.name) for each in found.ids])
            scores = model.calibration.standard(model.map_image(found.vectors), model.encode_labels(labels, None))
            right = scores.argmax(axis=1) == truth
            out[folder.name] = float(np.mean([right[truth == c].mean() for c in range(len(labels))]))
        return out

    def retrieval(self, model: AlignedModel) -> dict[str, float]:
        """Mean of the recalls, both ways, of each set."""
        out = {}
        for name in SETS:
            x, y, image_of = self.captioned[name]
            ranks = retrieval_ranks(model.map_image(x), model.map_text(y), image_of, show_progress=False)
            for way, found in (("t2i", ranks.text_to_image(KS)), ("i2t", ranks.image_to_text(KS))):
                recalls = [found[f"{way}_recall@{k}_any"].mean() for k in KS]
                out[f"{name} {way}"] = float(np.mean(recalls))
        return out

    def run(self, line: Line, task: str, seed: int) -> dict[str, float]:
        """One run: "rows", "unseen", "100 rows+pairs" or "100 pairs", with any number."""
        if task == "unseen":
            return self.unseen(line, seed)
        if task == "rows":
            model, seconds = self.model(line, self.rows(line), seed)
            return {"seconds": seconds, **self.zero_shot(model), **self.retrieval(model)}
        n, what = task.split()
        pairs = self.drawn(int(n), seed)
        model, seconds = self.model(line, self.rows(line) + pairs if what == "rows+pairs" else pairs, seed)
        return {"seconds": seconds, **self.retrieval(model)}


def main() -> None:
    """Runs what has not been run, and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--aligners", nargs="*", default=list(LINES), choices=list(LINES), metavar="LINE")
    parser.add_argument("--tasks", nargs="*", default=["rows", "unseen", *tasks_with_pairs()])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", action="store_true", help="only the tables of what has been run")
    args = parser.parse_args()
    if not args.table:
        bench, done = Bench(args.image_encoder, args.text), {(r["line"], r["task"], r["seed"]) for r in finished()}
        for seed in range(args.seeds):
            for name in args.aligners:
                for task in args.tasks:
                    fixed = task == "rows" and not LINES[name].random and seed
                    if (name, task, seed) in done or fixed:
                        continue
                    row = {"line": name, "task": task, "seed": seed, **bench.run(LINES[name], task, seed)}
                    with RUNS.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(row) + "\n")
                    print(json.dumps(row), flush=True)
    tables()


def tasks_with_pairs() -> list[str]:
    """Names of the runs with pictures."""
    return [f"{n} {what}" for n in PAIRS for what in ("rows+pairs", "pairs")]


def finished() -> list[dict[str, Any]]:
    """Rows of the runs that are done."""
    RUNS.parent.mkdir(exist_ok=True)
    return [json.loads(line) for line in RUNS.read_text().splitlines()] if RUNS.exists() else []


def tables() -> None:
    """Prints both tables, in percent."""
    found: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for row in finished():
        found[row["line"], row["task"]].append(row)

    def cell(line: str, task: str, key: str) -> str:
        values = [100 * row[key] for row in found[line, task]]
        spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
        return f"{np.mean(values):.1f}{spread}" if values else ""

    zero = [each.name for each in sorted(data_folder("zeroshot").iterdir()) if each.is_dir()]
    header = ["aligner", "unseen, names", "unseen, definitions", *zero, "zero-shot mean", "seeds", "fit s"]
    rows = []
    for line in LINES:
        each = found[line, "rows"]
        for row in each:
            row["mean"] = float(np.mean([row[name] for name in zero]))
        seconds = f"{np.median([row['seconds'] for row in each]):.1f}" if each else ""
        scores = [cell(line, "rows", key) for key in (*zero, "mean")]
        unseen = [cell(line, "unseen", key) for key in ("names", "definitions")]
        rows.append([line, *unseen, *scores, f"{len(found[line, 'unseen'])} · {len(each)}", seconds])
    report("all_aligners", header, rows, {"runs": str(RUNS)})
    for name in SETS:
        for way in ("t2i", "i2t"):
            key = f"{name} {way}"
            header = ["aligner", "rows", *(f"{n} {what}" for n in PAIRS for what in ("pairs", "rows+pairs"))]
            rows = [
                [
                    line,
                    *(
                        cell(line, t, key)
                        for t in ("rows", *(f"{n} {w}" for n in PAIRS for w in ("pairs", "rows+pairs")))
                    ),
                ]
                for line in LINES
            ]
            print(f"\n{name}, {way}: mean of R@1, R@5, R@10\n")
            report(f"all_aligners_{name}_{way}", header, rows, {"runs": str(RUNS)})


if __name__ == "__main__":
    main()
