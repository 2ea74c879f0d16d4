"""Tasks of models that listened to unlabelled pictures: what is judged, and that the result says so."""

from __future__ import annotations

import pytest

import headword as hw
import planted as world
from headword.adapters.query_bank import QueryBank
from headword.datasets.base import Labelled
from headword.errors import InputError, MissingExtra, UnknownName
from headword.heads import Head
from headword.labels.label_set import LabelSet
from headword.tasks import few_shot, generalised, retrieval, zero_shot
from tasks.worlds import captioned, labelled

WORDS = world.NEW_WORDS[:8]


@pytest.fixture(scope="module")
def data() -> Labelled:
    return labelled(WORDS, range(100, 112))


@pytest.fixture(scope="module")
def adapted(planted_model: hw.AlignedModel, data: Labelled):
    return planted_model.adapt(data.images, data.labels, definitions=None)


def test_zero_shot_after_listening_to_the_judged(planted_model, adapted, data):
    plain, heard = (zero_shot(planted_model, data, definitions=None, adapt=each) for each in (False, True))
    assert heard.metrics["top1"] > plain.metrics["top1"]
    assert (plain.mode, heard.mode) == ("inductive", "adapted on 96 unlabelled pictures")
    assert plain.settings["adaptation"] is None
    told = heard.settings["adaptation"]
    assert (told["pictures"], told["method"], told["labels"]) == (96, "careful", 8)
    assert told["trust"] > 0
    assert told["report"]["agreement"] > 0.7
    assert heard.chance == plain.chance
    # The same as a model that was adapted beforehand, and as one that is adapted anew from its base.
    elsewhere = planted_model.adapt(data.images[:7], list(WORDS), definitions=None)
    for same in (zero_shot(adapted, data, definitions=None), zero_shot(elsewhere, data, definitions=None, adapt=True)):
        assert (same.metrics, same.mode) == (heard.metrics, heard.mode)
        assert same.settings["adaptation"] == told


def test_zero_shot_tells_adapters_apart(planted_model, data):
    found = zero_shot(planted_model, data, definitions=None, adapt="centre")
    assert found.settings["adaptation"]["method"] == "centre"
    with pytest.raises(UnknownName, match="did you mean 'centre'"):
        zero_shot(planted_model, data, adapt="center")


def test_classes_are_not_looked_at(planted_model, data):
    wrong = Labelled(data.name, data.split, data.images, data.ids, data.targets[::-1].copy(), data.labels)
    right, turned = (zero_shot(planted_model, each, definitions=None, adapt=True) for each in (data, wrong))
    assert turned.settings["adaptation"] == right.settings["adaptation"]
    assert turned.metrics["top1"] < 0.05 < 0.9 < right.metrics["top1"]


def test_unreadable_pictures_are_not_counted(planted_model):
    found = zero_shot(planted_model, labelled(WORDS, range(3), spoilt=(0, 5)), definitions=None, adapt=True)
    assert found.mode == "adapted on 22 unlabelled pictures"
    assert len(found.details["bad"]) == 2


@pytest.mark.parametrize("kind", [True, "csls", "softmax"])
def test_retrieval_after_listening_to_the_judged(planted_model, kind):
    judged = captioned(world.NEW_WORDS)
    plain, heard = (retrieval(planted_model, judged, adapt=each) for each in (False, kind))
    assert (plain.mode, heard.mode) == ("inductive", "adapted on 20 unlabelled pictures")
    assert heard.settings["adaptation"]["bank"]["kind"] == ("csls" if kind is True else kind)
    options = {} if kind is True else {"kind": kind}
    bank = QueryBank.of(planted_model, **options)
    again = retrieval(planted_model.adapt(judged.images, bank=bank), judged)
    assert again.metrics == heard.metrics
    if kind != "softmax":
        assert heard.metrics != plain.metrics


def test_retrieval_refuses_what_it_cannot_do(planted_model, taught, monkeypatch):
    def missing(name):
        raise MissingExtra(f"the label set {name}", "timm is not installed", "install it")

    with pytest.raises(InputError, match=r"(?s)kind 'csls' or 'softmax'.*'careful'"):
        retrieval(planted_model, captioned(WORDS), adapt="careful")
    monkeypatch.setattr(LabelSet, "named", missing)
    with pytest.raises(InputError, match=r"(?s)query bank of names.*knows no classes, and no timm"):
        retrieval(taught(), captioned(WORDS), adapt=True)


def test_few_shot_with_names_that_were_adapted(planted_model, adapted, data):
    train = labelled(WORDS, range(3), "train")
    options = {"shots": (1,), "seeds": (42,), "definitions": None}
    own, plain = (few_shot(model, train, data, probe="names", **options)[0] for model in (adapted, planted_model))
    assert own.mode == "adapted on 96 unlabelled pictures"
    assert own.metrics["few_shot_top1"] > plain.metrics["few_shot_top1"]
    (alone,) = few_shot(adapted, train, data, recycled=False, **options)
    assert (alone.mode, alone.settings["adaptation"]) == ("inductive", None), "no name speaks"
    (refitted,) = few_shot(adapted, train, data, probe="names", refit=lambda _: planted_model, **options)
    assert (refitted.mode, refitted.metrics) == ("inductive", plain.metrics)


def test_generalised_is_that_of_the_base(planted_model, adapted):
    head = world.Eye().head()
    known = Head(head.weight[:100], head.bias[:100], head.labels.take(range(100)))
    both = labelled([*world.WORDS[:10], *WORDS], range(3))
    one, other = (generalised(model, both, known, definitions=None) for model in (planted_model, adapted))
    assert (other.mode, other.metrics, other.settings) == ("inductive", one.metrics, one.settings)
