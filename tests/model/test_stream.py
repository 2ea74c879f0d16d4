"""A model that listens to a stream: better while pictures come, the same where they tell nothing, and saved as any."""

from __future__ import annotations

import numpy as np
import pytest

import headword as hw
from headword.adapters import Careful
from headword.errors import BadImageError
from headword.model.stream import ImageStream

CLASSES, EACH = 10, 30


@pytest.fixture(scope="module")
def words(planted) -> list[str]:
    return list(planted.NEW_WORDS[:CLASSES])


@pytest.fixture(scope="module")
def vectors(planted, planted_model, words) -> np.ndarray:
    """Pictures as they come: embedded and blurred, thirty of each word in mixed order."""
    order = np.random.default_rng(3).permutation(CLASSES * EACH)
    seen = planted_model.image_encoder.encode([planted.picture(words[each // EACH], each % EACH) for each in order])
    return (seen + 1.5 * planted.drawn(*seen.shape, by="blur")).astype(np.float32)


@pytest.fixture(scope="module")
def truth(words) -> list[str]:
    return [words[each // EACH] for each in np.random.default_rng(3).permutation(CLASSES * EACH)]


def told(model, vectors, labels, **options) -> list[str]:
    return [each.label for each in model.classify(vectors, labels, definitions=None, **options)]


def heard(model, vectors, words, batch=20, **options) -> ImageStream:
    stream = ImageStream(model, words, definitions=None, **options)
    for start in range(0, len(vectors), batch):
        stream.partial_fit(vectors[start : start + batch])
    return stream


def test_what_was_heard_helps(planted_model, vectors, words, truth):
    stream = heard(planted_model, vectors, words)
    plain, learnt = (np.mean(np.array(told(m, vectors, words)) == truth) for m in (planted_model, stream.adapted()))
    assert learnt > plain + 0.03
    assert len(stream) == len(vectors)
    assert stream.adapted().mode == "adapted on 300 unlabelled pictures"
    assert 0 < stream.adapted().adaptation.learnt.mixing_weight <= 1


def test_it_can_be_asked_at_any_time_and_the_model_stays_as_it_is(planted_model, vectors, words):
    before = told(planted_model, vectors, words)
    stream = planted_model.stream(words, definitions=None)
    assert told(stream.adapted(), vectors, words) == before
    stream.partial_fit(vectors[:1])
    assert told(stream.adapted(), vectors, words) == before, "one picture tells nothing"
    early = [stream.partial_fit(vectors[1:150]), stream.adapted()][1]
    kept = told(early, vectors, words)
    stream.partial_fit(vectors[150:])
    assert told(early, vectors, words) == kept, "what was given away does not go on learning"
    assert told(planted_model, vectors, words) == before


def test_an_adapted_model_starts_from_its_base(planted_model, vectors, words):
    folder = planted_model.adapt(vectors[:50], words, definitions=None)
    one, other = (heard(each, vectors, words).adapted() for each in (planted_model, folder))
    assert told(one, vectors, words) == told(other, vectors, words)


def test_it_is_saved_and_other_labels_are_centred(planted, planted_model, vectors, words, tmp_path):
    model = heard(planted_model, vectors, words).adapted()
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(
        tmp_path / "model", image_encoder=planted_model.image_encoder, text_encoder=planted_model.text_encoder
    )
    others = list(planted.NEW_WORDS[CLASSES : 2 * CLASSES])
    for labels in (words, words[::-1][:4], others):
        one, other = (each.classify(vectors, labels, definitions=None) for each in (model, again))
        assert list(one) == list(other)
    # The same of other labels as a folder of these pictures would have said.
    folder = planted_model.adapt(vectors, definitions=None, bank=False)
    np.testing.assert_allclose(model.adaptation.centre, folder.adaptation.centre, atol=1e-5)


def test_bad_pictures_are_left_out_and_told(planted, planted_model, words, caplog):
    stream = planted_model.stream(words, definitions=None)
    found = stream.partial_fit([planted.picture(words[0], 0), b"no picture"])
    assert (len(stream), len(found.bad)) == (1, 1)
    assert "1 of 2 pictures could not be read" in caplog.text
    stream.partial_fit([b"no picture"])
    assert len(stream) == 1
    with pytest.raises(BadImageError):
        stream.partial_fit([b"no picture"], strict=True)


def test_how_far_it_goes_can_be_set(planted_model, vectors, words):
    model = heard(planted_model, vectors, words, careful=Careful(trust=0.0)).adapted()
    assert told(model, vectors, words) == told(planted_model, vectors, words)
    assert model.adaptation.parameters["trust"] == 0.0
