"""Sequential mixing: rows first, then pictures alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

import headword as hw
from headword.aligners import MLP, LinearCosine, LinearMSE
from headword.aligners.sequential import SequentialAligner
from headword.arrays import unit
from headword.errors import InputError
from headword.model.alignment import align_pairs
from headword.pairs.bridge import Bridge
from headword.pairs.pairs import Pairs

LINEAR = LinearCosine(epochs=60, lr=0.03, device="cpu")


@pytest.fixture(scope="module")
def rows(planted) -> Pairs:
    return Pairs.from_head(planted.Eye().head(), planted.Ear(), definitions={})


def captioned_pairs(planted, words: list[str]) -> Pairs:
    """Pictures of words, each with two sentences."""
    x = planted.Eye().encode([planted.picture(word) for word in words])
    y = planted.Ear().encode([f"{start} {word}" for word in words for start in ("here is a", "somebody looks at the")])
    return Pairs.from_captions(x, y, np.repeat(np.arange(len(words)), 2))


def aside(planted, pairs: Pairs) -> Pairs:
    """The same pairs, with the image side half turned away."""
    turned = pairs.x + pairs.x @ planted.turn(planted.IMAGE, planted.IMAGE, by="aside")
    return replace(pairs, x=unit(turned).astype(np.float32))


@pytest.fixture(scope="module")
def captioned(planted) -> Pairs:
    return captioned_pairs(planted, [f"word{i}" for i in range(60)])


def test_both_stages_learn_across_the_bridge(planted, rows, captioned):
    model = align_pairs(planted.Eye(), planted.Ear(), rows + captioned, LINEAR, mix="sequential", pairs_lr=0.01)
    bridge = Bridge.fit(rows + captioned)
    learnt = bridge.pairs(rows + captioned)
    head, pictures = learnt.take(range(150)), learnt.take(range(150, 210))
    expected = clone(LINEAR).fit(head.x, head.y, head.weight)
    expected.continue_fit(pictures.x, pictures.y, pictures.weight, lr=0.01)
    assert isinstance(model.aligner, LinearCosine)
    assert len(model.aligner.history_) == 120
    np.testing.assert_array_equal(model.aligner.text_weight_, expected.text_weight_)
    np.testing.assert_array_equal(model.bridge.image_map, bridge.image_map)
    np.testing.assert_allclose(model.prototypes, planted.Eye().head().prototypes, atol=1e-6)


def test_it_gains_on_captions_and_keeps_the_classes(planted, rows, captioned):
    pictures = aside(planted, captioned)
    unseen = aside(planted, captioned_pairs(planted, [f"other{i}" for i in range(60)]))
    names = np.flatnonzero(rows.is_name)
    first = clone(LINEAR).fit(rows.x, rows.y, rows.weight)
    alone = clone(LINEAR).fit(pictures.x, pictures.y, pictures.weight)
    both = clone(first).fit(rows.x, rows.y, rows.weight).continue_fit(pictures.x, pictures.y, pictures.weight)
    assert both.score(unseen.x[::2], unseen.y[::2]) > first.score(unseen.x[::2], unseen.y[::2]) + 0.1
    assert both.score(rows.x[names], rows.y[names]) > alone.score(rows.x[names], rows.y[names]) + 0.3


def test_each_fold_goes_through_both_stages(monkeypatch, planted, rows, captioned):
    stages: list[int] = []
    train = LinearCosine._train

    def counted(self, X, Y, weight, related, start):
        stages.append(len(X))
        train(self, X, Y, weight, related, start)

    monkeypatch.setattr(LinearCosine, "_train", counted)
    quick = LinearCosine(epochs=1, device="cpu")
    model = align_pairs(planted.Eye(), planted.Ear(), rows + captioned, quick, mix="sequential")
    assert [each.query_kind for each in model.validation] == ["names", "all texts"]
    assert [each.classes for each in model.validation] == [150, 150]
    # The fit, then five folds for both ways to ask; no picture is hidden.
    assert stages[1::2] == [120] * 6
    assert stages[0] == len(rows)
    assert sum(len(rows) - each for each in stages[2::2]) == len(rows)


def test_the_same_call_gives_the_same_model_and_a_saved_one_answers_alike(planted, captioned, tmp_path):
    def made() -> hw.AlignedModel:
        aligner = MLP(hidden=8, epochs=4, device="cpu")
        return hw.align("planted/eye", "planted/ear", aligner, definitions={}, pairs=captioned, mix="sequential")

    one, other = made(), made()
    words = list(planted.NEW_WORDS)
    np.testing.assert_array_equal(one.encode_text(words), other.encode_text(words))
    assert one.calibration.scale == other.calibration.scale
    one.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    np.testing.assert_array_equal(again.encode_text(words), one.encode_text(words))
    np.testing.assert_array_equal(again.aligner.history_, one.aligner.history_)


def test_it_clones_as_scikit_learn_wants(captioned):
    one = SequentialAligner(LINEAR, captioned, 0.1)
    other = clone(one)
    assert other.lr == 0.1
    assert other.aligner is not LINEAR
    np.testing.assert_array_equal(other.more.x, captioned.x)


# --- What cannot be mixed so ---


@pytest.mark.parametrize("aligner", ["ridge", "kernel-ridge", hw.aligners.Procrustes()])
def test_what_is_solved_in_one_go_has_no_second_stage(aligner, captioned):
    with pytest.raises(InputError, match=r"(?s)rows, then from pictures.*solved in one go.*linear-mse, mlp.*'bridge'"):
        hw.align("planted/eye", "planted/ear", aligner, pairs=captioned, mix="sequential")


def test_it_is_told_before_any_picture_is_read(planted):
    with pytest.raises(InputError, match="solved in one go"):
        hw.align("planted/eye", "planted/ear", "ridge", pairs="/nowhere/captions.csv", mix="sequential")


def test_one_kind_of_pairs_has_no_second_stage(planted, rows, captioned):
    with pytest.raises(InputError, match=r"(?s)found: rows without pictures.*pass both"):
        align_pairs(planted.Eye(), planted.Ear(), rows, LINEAR, mix="sequential")
    with pytest.raises(InputError, match=r"(?s)found: pictures without rows.*pass both"):
        hw.align("planted/eye", "planted/ear", LINEAR, pairs=captioned, recycle=False, mix="sequential")


def test_options_of_the_other_way_of_mixing_are_refused(captioned):
    with pytest.raises(InputError, match=r"(?s)weight_ratio=0.5 with mix='sequential'.*leave it out"):
        hw.align("planted/eye", "planted/ear", LINEAR, pairs=captioned, mix="sequential", weight_ratio=0.5)
    with pytest.raises(InputError, match=r"(?s)learning rate for the pairs alone.*mix='bridge'.*pass mix='sequential'"):
        hw.align("planted/eye", "planted/ear", LINEAR, pairs=captioned, pairs_lr=0.1)


def test_a_learning_rate_below_zero_is_named(captioned):
    with pytest.raises(InputError, match=r"(?s)lr of LinearMSE.*-1.*pass a number"):
        LinearMSE(epochs=1).fit(captioned.x, captioned.y).continue_fit(captioned.x, captioned.y, lr=-1.0)
