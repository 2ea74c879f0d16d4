"""Which score tells beforehand how well two encoders go together?

    python recipes/analysis_pairs.py

Every combination of the bundled networks with three text encoders is scored from the heads' rows alone (held-out-class
score, unbiased and biased CKA, m_NN) and judged by zero-shot accuracy on photographs, mean over data sets of the mean
over classes. Only one good text encoder comes by pip; the two others are weak on purpose: the same one projected to 16
random directions, and counts of letter triples, which know spelling and no meaning. So nine combinations are in truth
three groups, and to tell them apart is easy. What counts is the order within a group too: beside Spearman's correlation
over all nine stands that over the three networks with the good text encoder. Its null has 6 orders, and p is 1/6 at
best: three networks prove nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import Remembered, data_folder, embed, report
from cosine_head import NETWORKS

import headword as hw
from headword.aligners import KernelRidge
from headword.aligners.folds import average
from headword.analysis import cka, pair_score, predicts
from headword.arrays import unit
from headword.encoders.base import TextEncoder
from headword.model.alignment import align_pairs

GOOD = "bundled/all-minilm-l6-v2"


class Projected(TextEncoder):
    """A text encoder seen through a few random directions.

    Args:
        encoder: Projected.
        width: How many directions.
    """

    def __init__(self, encoder: TextEncoder, width: int = 16) -> None:
        self.name, self._encoder, self._width = f"{encoder.name} in {width} directions", encoder, width
        self._map = np.random.default_rng(0).standard_normal((encoder.dim, width), dtype=np.float32)

    @property
    def dim(self) -> int:
        """Number of directions."""
        return self._width

    @property
    def fingerprint(self) -> str:
        """Of the encoder and the directions."""
        return hashlib.sha256(f"{self._encoder.fingerprint} {self._width}".encode()).hexdigest()

    def encode(self, items: str | Sequence[str], **options: Any) -> np.ndarray:
        """One row per text."""
        return unit(self._encoder.encode(items, **options) @ self._map)


class Spelling(TextEncoder):
    """Counts of letter triples, hashed: texts are near each other that are spelt alike.

    Args:
        width: Number of columns that triples are hashed to.
    """

    name = "letter triples"
    fingerprint = hashlib.sha256(b"letter triples").hexdigest()

    def __init__(self, width: int = 384) -> None:
        self._width = width

    @property
    def dim(self) -> int:
        """Number of columns."""
        return self._width

    def encode(self, items: str | Sequence[str], **options: Any) -> np.ndarray:
        """One row per text."""
        texts = [items] if isinstance(items, str) else list(items)
        rows = np.zeros((len(texts), self._width), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            padded = f"  {text.casefold()} "
            for triple, count in Counter(padded[i : i + 3] for i in range(len(padded) - 2)).items():
                row[int.from_bytes(hashlib.sha256(triple.encode()).digest()[:4], "little") % self._width] += count
        return unit(rows)


def accuracy(model: hw.AlignedModel, folder: Path) -> float:
    """Mean over classes of top-1 with plain names."""
    found = embed(model.image_encoder, folder)
    labels = sorted(each.name for each in folder.iterdir() if each.is_dir())
    truth = np.array([labels.index(Path(each).parent.name) for each in found.ids])
    scores = model.calibration.standard(model.map_image(found.vectors), model.encode_labels(labels, None))
    right = scores.argmax(axis=1) == truth
    return float(np.mean([right[truth == c].mean() for c in range(len(labels))]))


def main() -> None:
    """Scores and judges every combination, and prints both tables."""
    good = Remembered(hw.load_text_encoder(GOOD))
    sets = sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir())
    rows, raw = [], []
    for network in NETWORKS:
        image = hw.load_image_encoder(network)
        head = image.head()
        for text in (good, Projected(good), Spelling()):
            pairs = hw.Pairs.from_head(head, text)
            score = pair_score(network, text.name, pairs)
            biased = cka(head.prototypes, average(pairs.y, pairs.group, pairs.weight), permutations=20)[0]
            model = align_pairs(image, text, pairs, KernelRidge(gamma=2.0, alpha=0.1), head.labels)
            each = {folder.name: accuracy(model, folder) for folder in sets}
            mean = float(np.mean(list(each.values())))
            raw.append({**score.as_dict(), "biased_cka": biased.as_dict(), "accuracy": each, "mean": mean})
            rows.append([
                network, text.name, f"{100 * mean:.1f}", f"{100 * score.held_out.top1:.1f}",
                *(f"{one.value:.3f} ({one.null.mean:.3f} ± {one.null.sd:.3f})"
                  for one in (score.cka, biased, score.mutual)),
            ])  # fmt: skip
    scores = {
        "held-out classes": [each["held_out"]["top1"] for each in raw],
        "unbiased CKA": [each["cka"]["value"] for each in raw],
        "biased CKA": [each["biased_cka"]["value"] for each in raw],
        "m_NN": [each["mutual"]["value"] for each in raw],
    }
    reached = [each["mean"] for each in raw]
    verdict = []
    for name, values in scores.items():
        rho, null = predicts(values, reached)
        within, few = predicts(values[::3], reached[::3])
        verdict.append([name, f"{rho:.2f}", f"{null.sd:.2f}", f"{null.p:.2g}", f"{within:.2f}", f"{few.p:.2g}"])
    columns = ["score", "Spearman, 9 pairs", "sd of null", "p", "Spearman, 3 with the good text encoder", "p of these"]
    report("analysis_pairs_verdict", columns, verdict, {"pairs": len(raw)})
    measures = ["held-out classes %", "unbiased CKA (null)", "biased CKA (null)", "m_NN (null)"]
    header = ["image encoder", "text encoder", f"zero-shot % ({len(sets)} sets)", *measures]
    report("analysis_pairs", header, rows, {"raw": raw})


if __name__ == "__main__":
    main()
