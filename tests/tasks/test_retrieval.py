"""Retrieval finds what is planted, both ways, and only that."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import average_precision_score

import headword as hw
import planted as world
from headword.datasets import load
from headword.errors import InputError
from headword.metrics.statistics import binomial_interval
from headword.tasks import retrieval
from tasks.worlds import captioned

PICTURES = len(world.NEW_WORDS)


@pytest.fixture(scope="module")
def found(taught):
    return retrieval(taught(), captioned(world.NEW_WORDS))


def test_true_captions_are_far_above_chance(found):
    assert found.metrics["t2i_recall@1_any"] > 0.8
    assert found.metrics["i2t_recall@1_any"] > 0.7
    assert found.metrics["i2t_map"] > 0.6
    assert found.metrics["t2i_median_rank"] == found.metrics["i2t_median_rank"] == 1.0
    assert found.chance["t2i_recall@5_any"] == pytest.approx(5 / PICTURES)
    assert found.n == PICTURES


def test_permuted_names_are_at_chance(permuted_models):
    found = [retrieval(model, captioned(world.NEW_WORDS)) for model in permuted_models]
    # Captions of one picture fall together: pictures are counted, not captions.
    for key in ("t2i_recall@1_any", "t2i_recall@5_any", "i2t_recall@1_any", "i2t_recall@5_fraction"):
        low, high = binomial_interval(PICTURES * len(found), found[0].chance[key], 0.999)
        assert low <= np.mean([each.metrics[key] for each in found]) <= high, key


def test_figures_are_those_of_the_models_similarities(taught, found):
    model, data = taught(), captioned(world.NEW_WORDS)
    scores = model.similarity(model.encode_image(data.images), model.encode_text(data.captions))
    precision = [average_precision_score(data.image_of == i, scores[i]) for i in range(PICTURES)]
    assert found.metrics["i2t_map"] == pytest.approx(np.mean(precision))
    assert found.metrics["t2i_precision@1"] == pytest.approx((scores.argmax(axis=0) == data.image_of).mean())


def test_keys_are_the_same_everywhere(found):
    expected = {
        f"{way}_{key}"
        for way in ("i2t", "t2i")
        for key in (
            *(f"recall@{k}_{rule}" for k in (1, 5, 10) for rule in ("any", "fraction")),
            "precision@1",
            "map",
            "median_rank",
        )
    }
    assert set(found.metrics) == set(found.chance) == expected
    assert set(found.values) == set(found.spread) == expected - {"i2t_median_rank", "t2i_median_rank"}
    assert set(found.clusters) == {key for key in found.values if key.startswith("t2i")}
    for key, values in found.values.items():
        assert values.mean() == pytest.approx(found.metrics[key])
        assert len(values) == (PICTURES if key.startswith("i2t") else 3 * PICTURES)


def test_unreadable_pictures_leave_with_their_captions(taught):
    data = captioned(world.NEW_WORDS, spoilt=(0, 3))
    found = retrieval(taught(), data)
    kept = np.delete(np.arange(PICTURES), [0, 3])
    assert found.n == PICTURES - 2
    assert found.settings["captions"] == 3 * (PICTURES - 2)
    assert [each["id"] for each in found.details["bad"]] == [data.ids[0], data.ids[3]]
    assert found.metrics == retrieval(taught(), captioned(world.NEW_WORDS).take(kept)).metrics


def test_recalls_asked_for(taught):
    data = captioned(world.NEW_WORDS)
    assert "t2i_recall@2_any" in retrieval(taught(), data, ks=(2,)).metrics
    with pytest.raises(InputError, match="numbers from 1"):
        retrieval(taught(), data, ks=(0, 1))
    with pytest.raises(InputError, match="numbers from 1"):
        retrieval(taught(), data, ks=())


def test_a_model_is_not_judged_by_what_it_learnt_from(planted, tmp_path):
    folder = tmp_path / "seen"
    folder.mkdir()
    words = [f"word{i}" for i in range(12)]
    for word in words:
        Image.fromarray(planted.picture(word)).save(folder / f"{word}.png")
    lines = ["file,caption", *(f"{word}.png,somebody looks at the {word}" for word in words)]
    (folder / "captions.csv").write_text("\n".join(lines), encoding="utf-8")
    model = hw.align("planted/eye", "planted/ear", "ridge", definitions={}, pairs=folder / "captions.csv")
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    data = load(folder / "captions.csv")
    for each in (model, again):
        with pytest.raises(InputError, match=r"(?s)to evaluate on seen.*has learnt from it.*another split"):
            retrieval(each, data)
    assert retrieval(again, data.take(np.arange(6))).n == 6
