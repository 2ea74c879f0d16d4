"""A folder's unlabelled pictures: what each way of listening to them gains on six sets, and costs on unequal folders.

    python recipes/adapt.py                     # the six sets as they are: 5 random orders
    python recipes/adapt.py --shifted           # folders made unequal: 10 draws of each kind
    python recipes/adapt.py --shifted --image-encoder bundled/efficientnet-lite2

Rows marked "inductive" judge each picture by itself; the others have listened to the pictures they are judged on, or to
the other half of the set where it says so. The model has learnt from the head's rows alone; accuracy with plain names,
as the mean over classes on the whole sets and over pictures on shifted folders:

    dirichlet   class shares drawn from a Dirichlet(0.3); the commonest class has all its pictures
    absent      half of the candidate labels do not occur
    foreign     three in ten pictures come from the other sets; the others are judged
    fifty       50 pictures, drawn at random
    one class   all pictures of one class, one folder for each
    repeated    one class's pictures lie there twenty times

Gains are over plain on the same folder: the mean over sets and draws, and the worst single draw of all sets.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from common import data_folder, embed, pm, report_by_mode

import headword as hw
from headword.adapters import Adapted, LinearScores, Stream, registry
from headword.arrays import chunks, unit

Folder = tuple[np.ndarray, np.ndarray]
"""Pictures in the shared space, and their classes; −1 is of another set."""

Answers = Callable[[np.ndarray, LinearScores], np.ndarray]
"""Scores of the pictures that are listened to."""

FEW = (1, 10, 30, 100)


class Sets:
    """The six sets in the shared space, and their labels' scores."""

    def __init__(self, image_encoder: str, text: str) -> None:
        self.model = hw.align(image_encoder, text)
        self.images: dict[str, Folder] = {}
        self.plain: dict[str, LinearScores] = {}
        for folder in sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir()):
            found = embed(self.model.image_encoder, folder)
            labels = sorted(each.name for each in folder.iterdir() if each.is_dir())
            classes = np.array([labels.index(Path(each).parent.name) for each in found.ids])
            self.images[folder.name] = unit(self.model.map_image(found.vectors)), classes
            text_rows = self.model.encode_labels(labels, None)
            self.plain[folder.name] = self.model.calibration.linear_scores(text_rows)

    def draw(self, kind: str, name: str, number: int) -> Folder:
        """A shifted folder made from a set."""
        image, classes = self.images[name]
        draw = np.random.default_rng([number, sorted(self.images).index(name), sum(map(ord, kind))])
        sizes = np.bincount(classes)
        if kind == "dirichlet":
            shares = draw.dirichlet(np.full(len(sizes), 0.3))
            wanted = np.floor(shares / shares.max() * sizes.min() + 0.5).astype(int)
            rows = [draw.permutation(np.flatnonzero(classes == c))[:n] for c, n in enumerate(wanted)]
            return image[np.concatenate(rows)], classes[np.concatenate(rows)]
        if kind == "absent":
            kept = np.isin(classes, draw.permutation(len(sizes))[: len(sizes) // 2])
            return image[kept], classes[kept]
        if kind == "foreign":
            others = np.concatenate([each for other, (each, _) in self.images.items() if other != name])
            some = others[draw.permutation(len(others))[: round(len(image) * 3 / 7)]]
            return np.concatenate([image, some]), np.concatenate([classes, np.full(len(some), -1)])
        if kind == "fifty":
            rows = draw.permutation(len(image))[:50]
            return image[rows], classes[rows]
        if kind == "one class":
            kept = classes == number % len(sizes)
            return image[kept], classes[kept]
        often = np.concatenate([np.arange(len(image)), np.tile(np.flatnonzero(classes == number % len(sizes)), 19)])
        return image[often], classes[often]


KINDS = ("dirichlet", "absent", "foreign", "fifty", "one class", "repeated")


def plain(image: np.ndarray, scores: LinearScores) -> np.ndarray:
    """Each picture by itself."""
    return scores(image)


def adapted(name: str, **options: object) -> Answers:
    """By an adapter: what it says of these pictures."""

    def answers(image: np.ndarray, scores: LinearScores) -> np.ndarray:
        found: Adapted = registry[name](**options).fit(image, scores)
        return found.logits(image, scores) if found.assigned is None else found.assigned

    return answers


METHODS: dict[str, Answers] = {
    "centred": adapted("centre"),
    "centred and whitened, p = ¼": adapted("centre", power=0.25),
    "refined": adapted("refine"),
    "refined with a graph": adapted("graph-refine"),
    "ZLaP": adapted("zlap"),
    "TransCLIP": adapted("transclip"),
    "OTTER, equal shares (Sinkhorn)": adapted("otter", shares="equal"),
    "OTTER, estimated shares": adapted("otter", shares="estimated"),
    "InMaP": adapted("inmap"),
    "**careful** (default)": adapted("careful"),
}


def per_class(right: np.ndarray, classes: np.ndarray) -> float:
    """Mean over classes."""
    return float(np.mean([right[classes == c].mean() for c in np.unique(classes)]))


def halves(image: np.ndarray, classes: np.ndarray, name: str, n: int, scores: LinearScores, order: np.ndarray) -> float:
    """Accuracy on each half after listening to n pictures of the other."""
    found = np.empty(len(image), dtype=bool)
    parts = order[::2], order[1::2]
    for judged, heard in (parts, parts[::-1]):
        learnt: Adapted = registry[name]().fit(image[heard[:n]], scores)
        found[judged] = learnt.logits(image[judged], scores).argmax(axis=1) == classes[judged]
    return per_class(found, classes)


def streamed(image: np.ndarray, classes: np.ndarray, scores: LinearScores, order: np.ndarray) -> tuple[float, float]:
    """Accuracy where batches of 16 come one after the other: each judged before it is heard, and all after the last."""
    stream, found = Stream(scores), np.empty(len(image), dtype=bool)
    for part in chunks(len(order), 16):
        now = order[part]
        found[now] = stream.adapted().logits(image[now], scores).argmax(axis=1) == classes[now]
        stream.partial_fit(image[now])
    after = stream.adapted().logits(image, scores).argmax(axis=1) == classes
    return per_class(found, classes), per_class(after, classes)


def whole(sets: Sets) -> Iterator[list[str]]:
    """Rows of the table of whole sets: mean per class over 5 random orders."""

    def row(title: str, accuracy: Callable[[str, np.ndarray], float]) -> list[str]:
        found = []
        for name, (image, _) in sets.images.items():
            orders = [np.random.default_rng(seed).permutation(len(image)) for seed in range(5)]
            found.append([accuracy(name, order) for order in orders])
        return [title, *(pm(each) for each in found), pm(np.mean(found, axis=0).tolist())]

    def judged(answers: Answers, heard: int | None = None) -> Callable[[str, np.ndarray], float]:
        def accuracy(name: str, order: np.ndarray) -> float:
            (image, classes), scores = sets.images[name], sets.plain[name]
            if heard is None:
                return per_class(answers(image[order], scores).argmax(axis=1) == classes[order], classes[order])
            learnt: Adapted = registry["centre"]().fit(image[order[:heard]], scores)
            return per_class(learnt.logits(image, scores).argmax(axis=1) == classes, classes)

        return accuracy

    def apart(method: str, heard: int) -> Callable[[str, np.ndarray], float]:
        return lambda name, order: halves(*sets.images[name], method, heard, sets.plain[name], order)

    def come(when: int) -> Callable[[str, np.ndarray], float]:
        return lambda name, order: streamed(*sets.images[name], sets.plain[name], order)[when]

    yield row("plain · inductive", judged(plain))
    for n in FEW:
        yield row(f"centred · adapted on {n}", judged(plain, n))
    yield row("centred · adapted on 30 of the other half", apart("centre", 30))
    yield row("centred · adapted on the other half", apart("centre", 10**9))
    for title, answers in METHODS.items():
        yield row(f"{title} · adapted on all", judged(answers))
    yield row("careful · adapted on 30 of the other half", apart("careful", 30))
    yield row("careful · adapted on the other half", apart("careful", 10**9))
    yield row("careful, stream, each judged before it is heard · adapted on those before", come(0))
    yield row("careful, stream, all judged after it · adapted on all", come(1))


def shifted(sets: Sets, draws: int) -> Iterator[list[str]]:
    """Rows of the table of shifted folders: gain over plain, mean and worst draw."""
    folders = {
        (kind, name, i): sets.draw(kind, name, i) for kind in KINDS for name in sets.images for i in range(draws)
    }

    def accuracy(answers: Answers, kind: str) -> np.ndarray:
        found = []
        for (each, name, _), (image, classes) in folders.items():
            if each == kind:
                right = answers(image, sets.plain[name]).argmax(axis=1) == classes
                found.append(right[classes >= 0].mean())
        return np.array(found)

    base = {kind: accuracy(plain, kind) for kind in KINDS}
    yield ["plain · inductive, accuracy", *(f"{100 * base[kind].mean():.1f}" for kind in KINDS)]
    for title, answers in METHODS.items():
        gains = [100 * (accuracy(answers, kind) - base[kind]) for kind in KINDS]
        yield [f"{title} · adapted on all", *(f"{each.mean():+.1f} ({each.min():+.0f})" for each in gains)]


def main() -> None:
    """Prints the tables of whole sets or of shifted folders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shifted", action="store_true", help="folders made unequal, instead of the sets as they are")
    parser.add_argument("--draws", type=int, default=10, help="of each kind of shifted folder")
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    args = parser.parse_args()
    sets = Sets(args.image_encoder, args.text)
    facts = {"fingerprints": [sets.model.image_encoder.fingerprint, sets.model.text_encoder.fingerprint]}
    if args.shifted:
        header, rows = ["scores", *KINDS], list(shifted(sets, args.draws))
    else:
        header, rows = ["scores", *sets.images, "mean"], list(whole(sets))
    report_by_mode("adapt_shifted" if args.shifted else "adapt", header, rows, facts)


if __name__ == "__main__":
    main()
