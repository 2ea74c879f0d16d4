"""What the bundled encoders must reach on real pictures: the floors that the documentation's tables stand on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

import headword as hw
from headword.datasets import Captioned, load
from headword.heads import Head
from headword.metrics.retrieval import retrieval_ranks
from headword.model.aligned import AlignedModel
from headword.model.alignment import align_pairs
from headword.pairs.controls import CONTROLS, control
from headword.pairs.pairs import Pairs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def eye():
    return hw.load_image_encoder("bundled/efficientnet-lite0")


@pytest.fixture(scope="module")
def ear():
    return hw.load_text_encoder("bundled/all-minilm-l6-v2")


@pytest.fixture(scope="module")
def head(eye) -> Head:
    return eye.head()


@pytest.fixture(scope="module")
def rows(head, ear) -> Pairs:
    return Pairs.from_head(head, ear)


# --- Known and new names together ---


@pytest.fixture(scope="module")
def pictures(shared_data, eye, head) -> tuple[np.ndarray, np.ndarray]:
    """One picture each of 500 classes, and which."""
    found = eye.embed(shared_data / "unseen" / "imagenet-500", strict=True)
    return found.vectors, np.array([head.labels.ids.index(Path(each).stem) for each in found.ids])


def right(model: AlignedModel, head: Head, pictures, new: np.ndarray, definitions: str | None) -> np.ndarray:
    """Which pictures get their own class among the model's known classes and the new ones."""
    vectors, classes = pictures
    labels, image = head.labels.take(new), model.map_image(vectors)
    scores = model.calibration.standard(image, model.encode_labels(labels, definitions))
    scores = np.hstack([scores, model.calibration.known(image, model.map_prototypes())])
    ids = np.array([*labels.ids, *model.labels.ids])
    return ids[scores.argmax(axis=1)] == np.array(head.labels.ids)[classes]


def test_known_and_new_names_together_reach_what_is_promised(eye, ear, head, rows, pictures):
    means: dict[str, list[float]] = {"names": [], "definitions": []}
    for split in range(3):
        order = np.random.RandomState(split).permutation(1000)  # the protocol's generator
        model = align_pairs(eye, ear, rows.take(order[:800]), labels=head.labels.take(order[:800]))
        is_new = np.isin(pictures[1], order[800:])
        for asked, definitions in (("names", None), ("definitions", "auto")):
            hits = right(model, head, pictures, order[800:], definitions)
            seen, new = hits[~is_new].mean(), hits[is_new].mean()
            means[asked].append(2 * seen * new / (seen + new))
    assert np.mean(means["names"]) >= 0.28
    assert np.mean(means["definitions"]) >= 0.38


# --- Rows and captioned pictures together ---


@pytest.fixture(scope="module")
def captioned(shared_data, eye, ear) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Embeddings of pictures and captions: 600 to learn from, and the development part to judge by."""
    out = {}
    for name, most in (("flickr8k-train", 600), ("flickr8k-dev", None)):
        data = load(shared_data / "captions" / name / "captions.csv")
        assert isinstance(data, Captioned)
        data = data.take(np.arange(most or len(data)))
        out[name] = (eye.encode(data.images, strict=True), ear.encode(data.captions), data.image_of)
    return out


def drawn(captioned, n: int, seed: int) -> Pairs:
    x, y, image_of = captioned["flickr8k-train"]
    kept = np.sort(np.random.default_rng(seed).permutation(len(x))[:n])
    where = np.isin(image_of, kept)
    return Pairs.from_captions(x[kept], y[where], np.searchsorted(kept, image_of[where]))


def recall(model: AlignedModel, captioned) -> np.ndarray:
    """R@1, R@5 and R@10 averaged: text to image, image to text."""
    x, y, image_of = captioned["flickr8k-dev"]
    ranks = retrieval_ranks(model.map_image(x), model.map_text(y), image_of, show_progress=False)
    ways = (("t2i", ranks.text_to_image((1, 5, 10))), ("i2t", ranks.image_to_text((1, 5, 10))))
    return np.array([np.mean([found[f"{way}_recall@{k}_any"].mean() for k in (1, 5, 10)]) for way, found in ways])


@pytest.mark.parametrize("n", [100, 500])
def test_rows_and_pictures_together_beat_either_alone(eye, ear, rows, captioned, n):
    alone = recall(align_pairs(eye, ear, rows), captioned)
    both, pictures = [], []
    for seed in range(2):
        pairs = drawn(captioned, n, seed)
        both.append(recall(align_pairs(eye, ear, rows + pairs), captioned))
        pictures.append(recall(align_pairs(eye, ear, pairs), captioned))
    assert (np.min(both, axis=0) > alone + 0.01).all()
    assert (np.min(both, axis=0) > np.max(pictures, axis=0) + 0.01).all()


@pytest.mark.parametrize("name", CONTROLS)
def test_controls_find_nothing(eye, ear, rows, captioned, name):
    """A caption's picture among 300 comes first once in 300 by chance; captions of one picture count as one."""
    found = []
    for seed in range(4):
        model = align_pairs(eye, ear, control(name)(rows, seed), "ridge")
        x, y, image_of = captioned["flickr8k-dev"]
        first = np.unique(image_of, return_index=True)[1]
        found.append(
            (model.similarity(model.map_image(x), model.map_text(y[first])).argmax(axis=0) == np.arange(300)).sum()
        )
    low, high = binom.ppf([1e-4, 1 - 1e-4], 4 * 300, 1 / 300)
    assert low <= sum(found) <= high
