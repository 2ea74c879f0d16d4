"""Models saved before names and modules moved (formats 2 and 3): they load, answer and save as they did.

The folders were written by the code before, with the planted encoders; `answers.npz` holds its answers for `vectors`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import headword as hw

BEFORE = Path(__file__).parent / "saved_before"
MODELS = sorted(each.name for each in BEFORE.iterdir() if each.is_dir())


@pytest.fixture(scope="module")
def kept() -> dict[str, np.ndarray]:
    with np.load(BEFORE / "answers.npz") as answers:
        return dict(answers)


def test_all_kinds_are_there():
    assert MODELS == ["format_2", "format_2_bridge", "format_2_mlp", "format_3", "format_3_bank"]


@pytest.mark.parametrize("name", MODELS)
def test_it_answers_as_it_did(name, kept, planted):
    model = hw.AlignedModel.from_pretrained(BEFORE / name)
    words = list(planted.NEW_WORDS[:12])
    found = model.classify(kept["vectors"], words, top_k=12, definitions=None)
    np.testing.assert_array_equal([[words.index(each) for each in row.labels] for row in found], kept[f"{name}.order"])
    # Equal to the last bit where the linear algebra is the same; other processors add in another order.
    for what in ("probabilities", "scores"):
        np.testing.assert_allclose([getattr(row, what) for row in found], kept[f"{name}.{what}"], rtol=1e-5, atol=1e-6)
    ranked = model.rank(kept["vectors"], words, top_k=5)
    np.testing.assert_allclose([row.scores for row in ranked], kept[f"{name}.rank"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_it_is_saved_as_it_was(name, tmp_path):
    hw.AlignedModel.from_pretrained(BEFORE / name).save_pretrained(tmp_path / "again")
    for file in ("model.safetensors", "labels.json"):
        assert (tmp_path / "again" / file).read_bytes() == (BEFORE / name / file).read_bytes()
