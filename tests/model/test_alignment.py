"""`hw.align`: from a classifier and a text encoder to a model, in one call."""

from __future__ import annotations

import re

import numpy as np
import pytest

import headword as hw
from headword.aligners import CSA, KernelRidge, Procrustes, Ridge
from headword.errors import InputError, LabelMismatch, UnknownName
from headword.model import alignment as aligning
from headword.model.alignment import align_pairs
from headword.model.calibration import UNCALIBRATED, Calibration
from headword.model.validation import held_out_classes
from headword.pairs.pairs import Pairs


def align(*arguments, **options) -> hw.AlignedModel:
    return hw.align("planted/eye", "planted/ear", *arguments, **{"definitions": {}, **options})


@pytest.fixture(scope="module")
def pairs(planted) -> Pairs:
    return Pairs.from_head(planted.Eye().head(), planted.Ear(), definitions={})


def test_fits_the_default_aligner_on_the_pairs_of_the_head(planted_model, pairs):
    expected = KernelRidge().fit(pairs.x, pairs.y, pairs.weight)
    assert isinstance(planted_model.aligner, KernelRidge)
    np.testing.assert_array_equal(planted_model.aligner.transform_text(pairs.y), expected.transform_text(pairs.y))
    assert planted_model.image_encoder.name == "planted/eye"
    assert planted_model.text_encoder.name == "planted/ear"
    assert planted_model.labels == planted_model.image_encoder.head().labels


def test_validates_by_names_and_by_all_texts(planted_model, pairs):
    aligner = planted_model.aligner
    assert planted_model.validation == (
        held_out_classes(aligner, pairs, ask="names"),
        held_out_classes(aligner, pairs, ask="all texts"),
    )


def test_calibrates_on_the_same_rows(planted_model, pairs):
    names = np.flatnonzero(pairs.is_name)
    folds = planted_model.aligner.held_out(pairs.x, pairs.y, pairs.weight, queries=names, known=1000)
    expected = Calibration.fit(folds, planted_model.aligner.transform_image(planted_model.prototypes))
    assert planted_model.calibration.scale == pytest.approx(expected.scale, rel=1e-5)
    np.testing.assert_allclose(planted_model.calibration.background, expected.background, atol=1e-6)
    np.testing.assert_allclose(planted_model.calibration.null_quantiles, expected.null_quantiles, atol=1e-5)
    assert planted_model.calibration.offset == pytest.approx(expected.offset)
    np.testing.assert_allclose(planted_model.prototypes, planted_model.image_encoder.head().prototypes, atol=1e-6)


def test_without_definitions_and_synonyms_there_is_one_estimate(planted):
    model = align(labels=list(planted.WORDS), definitions=None)
    assert [each.query_kind for each in model.validation] == ["names"]


def test_takes_encoders_by_name_or_as_they_are(planted, planted_model):
    model = hw.align(planted.Eye(), planted.Ear(), definitions={})
    np.testing.assert_array_equal(model.encode_text(["zbamn"]), planted_model.encode_text(["zbamn"]))
    assert model.validation == planted_model.validation


def test_the_same_call_gives_the_same_model(planted_model):
    again = align()
    np.testing.assert_array_equal(again.encode_text(["zbamn"]), planted_model.encode_text(["zbamn"]))
    assert again.calibration.scale == planted_model.calibration.scale
    assert again.validation == planted_model.validation


@pytest.mark.parametrize(("name", "kind"), [("ridge", Ridge), ("procrustes", Procrustes), ("csa", CSA)])
def test_takes_an_aligner_by_name(name, kind):
    assert isinstance(align(name).aligner, kind)


def test_takes_an_aligner_with_parameters_and_leaves_it_alone(planted):
    own = Ridge(alpha=7.0)
    one, other = align(own), hw.align("planted/other-eye", "planted/ear", aligner=own, definitions={})
    assert one.aligner.alpha_ == other.aligner.alpha_ == 7.0
    assert not hasattr(own, "coef_")
    # Two models made with one object do not share what they learnt.
    np.testing.assert_array_equal(one.encode_text(["zbamn"]), align(Ridge(alpha=7.0)).encode_text(["zbamn"]))


def test_definitions_change_what_is_learnt(planted_model):
    without = align(definitions=None)
    assert not np.array_equal(without.encode_text(["zbamn"]), planted_model.encode_text(["zbamn"]))
    assert without.validation[1].top1 != planted_model.validation[1].top1


def test_labels_of_ones_own_name_the_rows(planted):
    wrong = list(np.random.default_rng(0).permutation(planted.WORDS))
    assert align(labels=list(planted.WORDS)).validation[0].top1 > 0.5
    assert align(labels=wrong).validation[0].top1 < 0.15


def test_a_device_goes_to_encoders_given_by_name(planted):
    hw.align("planted/eye", planted.Ear(), definitions={}, device="cpu", aligner="procrustes")


@pytest.mark.parametrize(("classes", "calibrated"), [(9, False), (10, True)])
def test_few_classes_are_aligned_but_not_judged(planted, pairs, classes, calibrated):
    model = align_pairs(planted.Eye(), planted.Ear(), pairs.take(range(classes)))
    assert bool(model.validation) is calibrated
    assert (model.calibration is not UNCALIBRATED) is calibrated
    pictures = [planted.picture(word) for word in planted.WORDS[:classes]]
    answers = model.classify(pictures, list(planted.WORDS[:classes]), definitions=None)
    assert np.mean([each.label == word for each, word in zip(answers, planted.WORDS, strict=False)]) > 0.5


@pytest.mark.parametrize(
    ("classes", "said"), [(9, r"too few.*9 of 10.*not calibrated"), (49, r"only 49.*rough"), (50, "")]
)
def test_how_far_to_trust_few_classes_is_told(planted, pairs, caplog, classes, said):
    align_pairs(planted.Eye(), planted.Ear(), pairs.take(range(classes)), Ridge(alpha=1.0))
    told = " ".join(caplog.messages)
    assert re.search(said, told) if said else not told


def test_one_class_is_refused(planted, pairs):
    with pytest.raises(InputError, match=r"(?s)one class or picture.*two or more.*one logit"):
        align_pairs(planted.Eye(), planted.Ear(), pairs.take([3]))
    assert align_pairs(planted.Eye(), planted.Ear(), pairs.take([3, 4])).labels is None


def test_an_unknown_aligner_is_named():
    with pytest.raises(UnknownName, match=r"(?s)the aligner 'rigde'.*did you mean 'ridge'"):
        align("rigde")


@pytest.mark.parametrize("labels", [["zbamn"] * 3, ["one", "two"]])
def test_labels_must_be_as_many_as_rows(labels):
    with pytest.raises(LabelMismatch, match="one label for each of the 150 rows of planted/eye"):
        align(labels=labels)


def test_definitions_that_are_not_there_are_named(tmp_path):
    with pytest.raises(InputError, match=r"(?s)definitions from .*nowhere.csv.*no such file"):
        align(definitions=tmp_path / "nowhere.csv")


def test_of_very_many_classes_some_are_judged(planted, pairs, monkeypatch):
    monkeypatch.setattr(aligning, "MAX_HIDDEN", 60)
    model = align_pairs(planted.Eye(), planted.Ear(), pairs, Ridge(alpha=1.0))
    assert [(each.classes, each.candidates) for each in model.validation] == [(60, 12.0)] * 2
    assert model.validation[0].top1 > 0.3
    assert model.prototypes.shape[0] == 150  # all are learnt from
