"""The loop all trained aligners share: seeds, schedule, early stopping, checkpoints, and no torch afterwards."""

from __future__ import annotations

import importlib
import json
import logging
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from headword import aligners, errors
from headword.aligners import MLP, SAIL, STRUCTURE, Contrastive, LinearCosine, LinearMSE, gradient, training_loop
from headword.aligners.gradient import GradientAligner, canonical_pairs
from headword.aligners.progress import progress
from headword.aligners.training_loop import learning_rate_share
from headword.encoders import _device
from headword.errors import InputError, MissingExtra
from headword.storage import model_files as storage

TRAINED = {
    name: aligners.registry[name] for name in aligners.registry if issubclass(aligners.registry[name], GradientAligner)
}


def pairs(n: int = 60, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n, 6))
    X = Y @ np.random.default_rng(42).normal(size=(6, 9)) + noise * rng.normal(size=(n, 9))
    return X.astype(np.float32), Y.astype(np.float32)


def learnt(aligner: GradientAligner) -> dict[str, object]:
    return {name: value for name, value in vars(aligner).items() if name.endswith("_")}


def assert_same(one: GradientAligner, other: GradientAligner) -> None:
    assert learnt(one).keys() == learnt(other).keys()
    for name, value in learnt(one).items():
        np.testing.assert_array_equal(value, learnt(other)[name], err_msg=name)


# --- Seeds and order ---


def test_all_of_them_are_here():
    assert set(TRAINED) == {"contrastive", "devise", "linear-cosine", "linear-mse", "mlp", "sail", "structure"}


@pytest.mark.parametrize("kind", TRAINED.values(), ids=TRAINED)
def test_a_seed_decides_all_and_nobody_elses_numbers_are_drawn(kind):
    X, Y = pairs()
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002, whose state must stay as it is
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    one = kind(epochs=3, batch_size=20, patience=2).fit(X, Y)
    torch.rand(7)
    other = kind(epochs=3, batch_size=20, patience=2).fit(X, Y)
    torch.manual_seed(5)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert_same(one, other)
    another = kind(epochs=3, batch_size=20, patience=2, seed=1).fit(X, Y)
    assert not np.allclose(one.similarity(X, Y), another.similarity(X, Y), atol=1e-3)


def test_pairs_are_merged_and_sorted_as_numbers():
    X = np.array([[2.0, 0.0], [-1.0, 5.0], [2.0, 0.0], [-3.0, 1.0], [2.0, -1e-9]], np.float32)
    Y = np.array([[1.0], [1.0], [1.0], [1.0], [1.0]], np.float32)
    merged, texts, weight, place = canonical_pairs(X, Y, np.array([1.0, 1.0, 3.0, 2.0, 1.0]))
    np.testing.assert_array_equal(merged, X[[3, 1, 4, 0]])
    assert texts.shape == (4, 1)
    np.testing.assert_allclose(weight, np.array([2, 1, 1, 4]) / 2)
    np.testing.assert_array_equal(place, [3, 1, 3, 0, 2])


# --- Classes that are one a kind of the other ---

WITH_NEGATIVES = {name: TRAINED[name] for name in ("contrastive", "devise", "sail", "structure")}
QUICK = {"epochs": 3, "batch_size": 25, "device": "cpu", "lr": 0.02, "patience": 3}
RELATED = np.array([(0, 1), (4, 2), (30, 31), (5, 59)])


def several_texts(each: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X, Y, and the class of each row; the classes' rows stand far apart."""
    X, Y = pairs()
    group = np.tile(np.arange(len(X)), each)
    return X[group], Y[group] + 0.1 * np.random.default_rng(3).normal(size=(len(group), 6)).astype(np.float32), group


@pytest.mark.parametrize("kind", TRAINED.values(), ids=TRAINED)
def test_what_is_related_matters_to_those_with_negatives_only(kind):
    X, Y = pairs()
    plain, told = kind(**QUICK).fit(X, Y), kind(**QUICK).fit(X, Y, related=RELATED)
    if kind in WITH_NEGATIVES.values():
        assert not np.array_equal(plain.similarity(X, Y), told.similarity(X, Y))
    else:
        assert_same(plain, told)
    assert_same(kind(**QUICK).fit(X, Y, related=np.zeros((0, 2), dtype=int)), plain)


@pytest.mark.parametrize("kind", WITH_NEGATIVES.values(), ids=WITH_NEGATIVES)
def test_any_rows_of_two_classes_tell_that_they_are_related(kind):
    X, Y, _ = several_texts()
    told = kind(**QUICK).fit(X, Y, related=RELATED)
    assert_same(kind(**QUICK).fit(X, Y, related=RELATED[::-1, ::-1] + np.array([60, 120])), told)
    again = np.concatenate([RELATED, RELATED + 60, RELATED[:, ::-1]])
    assert_same(kind(**QUICK).fit(X, Y, related=again), told)
    order = np.random.default_rng(0).permutation(len(X))
    place = np.argsort(order)
    assert_same(kind(**QUICK).fit(X[order], Y[order], related=place[RELATED]), told)


def test_rows_of_weight_zero_are_related_to_nothing():
    X, Y = pairs()
    weight = np.ones(len(X))
    weight[[0, 3]] = 0
    kept = weight > 0
    rest = RELATED[1:] - np.array([[2, 1], [2, 2], [2, 2]])  # rows 0 and 3 are gone before them
    found = Contrastive(**QUICK).fit(X, Y, weight, related=RELATED)
    assert_same(found, Contrastive(**QUICK).fit(X[kept], Y[kept], related=rest))


def test_folds_know_what_is_related_among_the_rows_that_stay(monkeypatch):
    X, Y, group = several_texts()
    chain = np.stack([np.arange(59), np.arange(1, 60)], axis=1)
    told: list[tuple[np.ndarray, np.ndarray]] = []
    fit = Contrastive.fit

    def spy(self, X, Y, sample_weight=None, *, related=None):
        told.append((X, related))
        return fit(self, X, Y, sample_weight, related=related)

    monkeypatch.setattr(Contrastive, "fit", spy)
    weight = np.ones(len(X))
    weight[-1] = 0
    folds = Contrastive(**{**QUICK, "epochs": 1}).held_out(X, Y, weight, folds=4, related=chain)
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    number = {row.tobytes(): int(each) for row, each in zip(unit[:60].round(3), group[:60], strict=True)}
    for fold, (rows, related) in zip(folds, told, strict=True):
        classes = np.array([number[row.tobytes()] for row in rows.round(3)])
        stay = np.isin(chain, fold.rows, invert=True).all(axis=1)
        np.testing.assert_array_equal(classes[related], chain[stay])
        assert 10 < len(related) < 59


def test_what_is_related_has_a_checkpoint_of_its_own(tmp_path):
    X, Y = pairs()
    kept = {**QUICK, "checkpoint": str(tmp_path)}
    plain, told = Contrastive(**kept).fit(X, Y), Contrastive(**kept).fit(X, Y, related=RELATED)
    assert len(list(tmp_path.iterdir())) == 2
    assert_same(told, Contrastive(**QUICK).fit(X, Y, related=RELATED))
    assert_same(Contrastive(**kept).fit(X, Y, related=RELATED[::-1, ::-1]), told)
    assert_same(Contrastive(**kept).fit(X, Y), plain)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_second_stage_is_told_too():
    X, Y = pairs()
    plain, told = (Contrastive(**QUICK).fit(X, Y).continue_fit(X, Y, related=related) for related in (None, RELATED))
    assert told.history_[3, 0] < plain.history_[3, 0]


@pytest.mark.parametrize("related", [[(0, 60)], [(-1, 2)], [0, 1], [(0.0, 1.0)], [(0, 1, 2)]])
def test_related_rows_are_rows(related, unchecked):
    X, Y = pairs()
    with pytest.raises(InputError, match=r"(?s)related: rows of X two by two, each numbered from 0 to 59"):
        MLP(**QUICK).fit(X, Y, related=np.array(related))


# --- The rate ---


def test_the_rate_falls_along_a_cosine_once_an_epoch():
    rates = [learning_rate_share(step, 4, 10, 0.0) for step in range(40)]
    expected = [0.5 * (1 + math.cos(math.pi * epoch / 10)) for epoch in range(10)]
    np.testing.assert_allclose(rates, np.repeat(expected, 4))
    assert rates[0] == 1


def test_the_rate_climbs_first_where_there_is_a_warm_up():
    rates = np.array([learning_rate_share(step, 4, 10, 0.25) for step in range(40)])
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) / 10)
    np.testing.assert_allclose(rates[10:], 0.5 * (1 + np.cos(np.pi * np.arange(30) / 30)))


# --- Early stopping ---


def test_stops_when_hidden_classes_are_no_longer_found_better_and_returns_to_the_best(monkeypatch):
    X, Y = pairs(100)
    ranks = iter([0.1, 0.5, 0.3, 0.4, 0.5, 0.2, 0.2, 0.2, 0.9])
    seen: list[np.ndarray] = []

    def judged(self, X, Y, group, learnt):
        seen.append(learnt["text_weight"])
        return next(ranks)

    monkeypatch.setattr(GradientAligner, "hidden_rank", judged)
    fitted = LinearCosine(epochs=50, patience=3).fit(X, Y)
    np.testing.assert_array_equal(fitted.history_[:, 1], [0.1, 0.5, 0.3, 0.4, 0.5, 0.2, 0.2, 0.2])
    np.testing.assert_array_equal(fitted.text_weight_, seen[4])  # as good and later
    assert not np.array_equal(seen[1], seen[4])


def test_what_is_judged_was_hidden_with_all_its_texts(monkeypatch):
    X, Y = pairs(50)
    many = np.repeat(np.arange(50), 3)
    texts = Y[many] + 0.1 * np.random.default_rng(0).normal(size=(150, 6)).astype(np.float32)
    asked, taught = [], []
    judged = GradientAligner.hidden_rank
    train = gradient.train

    def spy(self, X, Y, group, learnt):
        asked.append((X, Y, group))
        return judged(self, X, Y, group, learnt)

    def spied(task):
        taught.append(task)
        return train(task)

    monkeypatch.setattr(GradientAligner, "hidden_rank", spy)
    monkeypatch.setattr(gradient, "train", spied)
    fitted = LinearMSE(epochs=2, patience=5, validation=0.2).fit(X[many], texts)
    hidden, task = asked[0], taught[0]
    assert len(hidden[0]) == 30
    assert len(np.unique(hidden[0], axis=0)) == 10
    assert len(task.X) == 120
    assert not {row.tobytes() for row in hidden[0]} & {row.tobytes() for row in task.X}
    assert (fitted.history_[:, 1] > 0).all()


def test_the_rank_in_the_history_is_that_of_the_returned_map():
    X, Y = pairs(100, noise=1.0)
    fitted = Contrastive(epochs=8, lr=0.01, patience=8).fit(X, Y)
    X, Y, *_ = canonical_pairs(*(each / np.linalg.norm(each, axis=1, keepdims=True) for each in (X, Y)), np.ones(100))
    hidden = fitted.hidden_pairs(np.arange(100))
    scores = fitted.similarity(X[hidden], Y[hidden])
    ranks = (scores >= np.diag(scores)[:, None]).sum(axis=1)
    assert hidden.sum() == 10
    assert fitted.history_[:, 1].max() == pytest.approx(np.mean(1 / ranks))


def test_hides_nothing_where_there_is_little():
    fitted = LinearCosine(epochs=3, patience=1).fit(*pairs(9))
    assert np.isnan(fitted.history_[:, 1]).all()
    assert len(fitted.history_) == 3


# --- Checkpoints ---


class Killed(BaseException):
    """The process ends here."""


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    epoch, done = training_loop.TrainingRun.epoch, []

    def counted(self: training_loop.TrainingRun) -> None:
        if len(done) == after:
            raise Killed
        done.append(1)
        epoch(self)

    monkeypatch.setattr(training_loop.TrainingRun, "epoch", counted)


SETTINGS = {
    "mlp": MLP(epochs=9, batch_size=25),
    "mlp with patience": MLP(epochs=9, batch_size=25, patience=3, lr=0.03),
    "learnt temperature": Contrastive("mlp", "linear", 5, epochs=9, batch_size=25, patience=None),
    "sail": SAIL(8, epochs=9, batch_size=25, patience=4, lr=0.01),
    "structure": STRUCTURE(8, epochs=9, batch_size=25, structure_warmup=20),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_an_interrupted_fit_goes_on_to_the_same_result(setting, tmp_path, monkeypatch):
    X, Y = pairs()
    plain = SETTINGS[setting]
    expected = type(plain)(**plain.get_params()).fit(X, Y)
    kept = type(plain)(**{**plain.get_params(), "checkpoint": str(tmp_path / "new" / "folder")})
    monkeypatch.setattr(training_loop, "SAVE_SECONDS", 0.0)
    for after in (4, 2):
        with monkeypatch.context() as patch:
            interrupt(patch, after)
            with pytest.raises(Killed):
                kept.fit(X, Y)
    with monkeypatch.context() as patch:
        interrupt(patch, 3)  # six epochs are done, and are not done again
        kept.fit(X, Y)
    assert_same(kept, expected)
    with monkeypatch.context() as patch:
        interrupt(patch, 0)  # all are done
        assert_same(kept.fit(X, Y), expected)


def test_other_pairs_and_parameters_have_places_of_their_own(tmp_path, caplog):
    X, Y = pairs()
    folder = str(tmp_path)
    caplog.set_level(logging.INFO, "headword")
    MLP(epochs=2, checkpoint=folder).fit(X, Y)
    assert "no checkpoint of these pairs and parameters" in caplog.text
    for changed, rows in (({"lr": 0.01}, X), ({"epochs": 3}, X), ({"seed": 1}, X), ({}, -X), ({"patience": 1}, X)):
        other = MLP(**{"epochs": 2, **changed}).fit(rows, Y)
        assert_same(MLP(**{"epochs": 2, **changed}, checkpoint=folder).fit(rows, Y), other)
    assert len(list(tmp_path.iterdir())) == 6
    caplog.clear()
    MLP(epochs=2, checkpoint=folder).fit(X, Y)
    assert "training goes on from" in caplog.text


@pytest.mark.parametrize("damage", ["cut", "renamed"])
def test_a_checkpoint_that_does_not_fit_is_passed_over_with_a_warning(damage, tmp_path, caplog):
    X, Y = pairs()
    fitted = MLP(epochs=2, checkpoint=str(tmp_path)).fit(X, Y)
    (place,) = tmp_path.iterdir()
    if damage == "cut":
        weights = place / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:100])
    else:
        config = place / "config.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "fingerprint": "0" * 64}))
    again = MLP(epochs=2, checkpoint=str(tmp_path)).fit(X, Y)
    assert_same(again, fitted)
    expected = {"cut": "cannot be read", "renamed": "a checkpoint of other pairs or parameters"}[damage]
    assert "training starts anew" in caplog.text
    assert expected in caplog.text
    caplog.clear()
    MLP(epochs=2, checkpoint=str(tmp_path)).fit(X, Y)
    assert not caplog.text  # it has been replaced


def test_a_checkpoint_is_a_folder(tmp_path, unchecked):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"(?s)checkpoint=.*that is a file.*pass a folder"):
        MLP(epochs=1, checkpoint=str(tmp_path / "file")).fit(*pairs())
    with pytest.raises(InputError, match=r"(?s)checkpoint of MLP.*pass the folder's name as text"):
        MLP(epochs=1, checkpoint=tmp_path).fit(*pairs())


def test_another_kind_of_device_has_a_place_of_its_own(tmp_path, monkeypatch):
    """It draws other numbers, and the state of its generator is of no use elsewhere."""
    found = {}
    for kind in ("cpu", "cuda", "mps"):
        monkeypatch.setattr(_device, "pick_device", lambda name, kind=kind: torch.device(kind))
        monkeypatch.setattr(
            gradient, "train", lambda task, kind=kind: found.setdefault(kind, task.fingerprint()) and 1 / 0
        )
        with pytest.raises(ZeroDivisionError):
            MLP(epochs=1).fit(*pairs())
    assert len(set(found.values())) == 3


@pytest.mark.parametrize("error", [OSError("disk full"), InputError("a", "something else is there", "b")])
def test_training_outlives_a_checkpoint_that_cannot_be_written(error, tmp_path, monkeypatch, caplog):
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(storage, "write_model_folder", fail)
    fitted = MLP(epochs=2, checkpoint=str(tmp_path)).fit(*pairs())
    assert_same(fitted, MLP(epochs=2).fit(*pairs()))
    assert "training goes on, but where it stands could not be kept" in caplog.text


def test_checkpoints_are_written_now_and_then(tmp_path, monkeypatch):
    written: list[int] = []
    monkeypatch.setattr(training_loop.Checkpoint, "write", lambda self, arrays: written.append(len(arrays["history"])))
    MLP(epochs=6, checkpoint=str(tmp_path)).fit(*pairs())
    assert written == [6]  # the rest took no 30 seconds


# --- Going on ---


@pytest.mark.parametrize("kind", TRAINED.values(), ids=TRAINED)
def test_it_goes_on_from_where_it_was(kind):
    X, Y = pairs()
    other = pairs(30, seed=1)
    settings = {"epochs": 3, "batch_size": 20, "device": "cpu"}
    first, still = kind(**settings).fit(X, Y), kind(**settings).fit(X, Y).continue_fit(*other, lr=1e-12)
    np.testing.assert_allclose(still.similarity(X, Y), first.similarity(X, Y), atol=1e-5)
    moved = kind(**settings).fit(X, Y)
    assert moved.continue_fit(*other) is moved
    assert_same(moved, kind(**settings).fit(X, Y).continue_fit(*other))
    assert not np.allclose(moved.similarity(X, Y), first.similarity(X, Y), atol=1e-5)
    assert moved.get_params() == first.get_params()
    assert len(moved.history_) == 6
    np.testing.assert_array_equal(moved.history_[:3], first.history_)
    assert_same(moved.fit(X, Y), first)  # to fit again is to fit anew


def test_to_go_on_is_a_tenth_as_fast_unless_said_otherwise(monkeypatch):
    X, Y = pairs()
    seen: list[tuple[float, int, int]] = []
    train = gradient.train

    def spied(task):
        seen.append((task.aligner.lr, task.epochs, len(task.X)))
        return train(task)

    monkeypatch.setattr(gradient, "train", spied)
    fitted = LinearMSE(epochs=3, lr=0.02).fit(X, Y)
    fitted.continue_fit(X[:20], Y[:20]).continue_fit(X[:30], Y[:30], lr=0.5, epochs=2)
    fitted.continue_fit(X[:2], Y[:2], np.array([1.0, 0.0]))
    assert seen == [(0.02, 3, 60), (pytest.approx(0.002), 3, 20), (0.5, 2, 30), (pytest.approx(0.002), 3, 1)]


def test_what_was_learnt_beside_the_maps_goes_on_too():
    X, Y = pairs()
    first = SAIL(8, epochs=20, batch_size=25, lr=0.05, device="cpu", patience=None).fit(X, Y)
    start = first.log_scale_, first.bias_
    assert abs(start[0] - math.log(20)) > 0.01
    first.continue_fit(X, Y, lr=1e-12)
    assert (first.log_scale_, first.bias_) == pytest.approx(start, abs=1e-6)


def test_an_interrupted_second_stage_goes_on_to_the_same_result(tmp_path, monkeypatch):
    X, Y = pairs()
    other = pairs(30, seed=1)
    expected = MLP(epochs=5).fit(X, Y).continue_fit(*other)
    kept = MLP(epochs=5, checkpoint=str(tmp_path)).fit(X, Y)
    monkeypatch.setattr(training_loop, "SAVE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        interrupt(patch, 3)
        with pytest.raises(Killed):
            kept.continue_fit(*other)
    with monkeypatch.context() as patch:
        interrupt(patch, 2)  # three epochs of the second stage are done, and all of the first
        assert_same(MLP(epochs=5, checkpoint=str(tmp_path)).fit(X, Y).continue_fit(*other), expected)
    # Another first stage has a second one of its own.
    elsewhere = MLP(epochs=4, checkpoint=str(tmp_path)).fit(X, Y).continue_fit(*other, epochs=5)
    assert_same(elsewhere, MLP(epochs=4).fit(X, Y).continue_fit(*other, epochs=5))


def test_it_goes_on_in_the_same_two_spaces_only():
    X, Y = pairs()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        MLP(epochs=1).continue_fit(X, Y)
    fitted = MLP(epochs=1).fit(X, Y)
    before = fitted.similarity(X, Y)
    with pytest.raises(InputError, match=r"(?s)pairs of widths 9 and 6, as before.*widths 9 and 5"):
        fitted.continue_fit(X, Y[:, :5])
    with pytest.raises(InputError, match=r"(?s)lr of MLP.*0.0.*pass a number"):
        fitted.continue_fit(X, Y, lr=0.0)
    np.testing.assert_array_equal(fitted.similarity(X, Y), before)


# --- What is wrong, and what is missing ---

WRONG = {
    "epochs": (0, 2.5, "many"),
    "batch_size": (0, True),
    "lr": (0.0, -1.0, math.nan, math.inf),
    "weight_decay": (-0.1,),
    "warmup": (1.0, -0.1),
    "patience": (0, 1.5),
    "validation": (0.0, 1.0),
    "structure": (-1.0,),
    "structure_levels": (0,),
    "structure_temperature": (0.0,),
    "structure_warmup": (-1,),
    "seed": (-1, 0.5),
    "dropout": (1.0, -0.1),
    "hidden": (0, 2.5),
    "corrupt_batches": (1.1,),
    "corrupt_share": (-0.1,),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_number_out_of_bounds_is_named(name, unchecked):
    for value in WRONG[name]:
        with pytest.raises(InputError, match=rf"(?s){name} of MLP.*{value!r}.*pass a (whole )?number from"):
            MLP(**{"epochs": 1, name: value}).fit(*pairs())


def test_an_unknown_device_is_named():
    with pytest.raises(InputError, match="device='abacus'"):
        MLP(epochs=1, device="abacus").fit(*pairs())


def test_a_loss_that_is_no_number_ends_the_training():
    with pytest.raises(InputError, match=r"(?s)to train LinearMSE with lr=1e\+30.*a loss of .* in epoch.*smaller lr"):
        LinearMSE(epochs=5, lr=1e30).fit(*pairs())


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("patience", [None, 2])
def test_weights_that_are_no_numbers_after_the_last_step_are_told(patience):
    with pytest.raises(
        InputError, match=r"(?s)to train LinearMSE with lr=3e\+38.*weights that are no numbers.*smaller"
    ):
        LinearMSE(epochs=1, lr=3e38, weight_decay=2.0, patience=patience).fit(*pairs())


def test_says_what_to_install_without_torch(monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda module: None)
    with pytest.raises(MissingExtra, match=r"(?s)to train MLP.*'torch' is not installed.*headword\[torch\]"):
        MLP().fit(*pairs())


@pytest.mark.parametrize("kind", TRAINED.values(), ids=TRAINED)
def test_its_module_does_not_import_torch(kind):
    source = Path(importlib.import_module(kind.__module__).__file__ or "").read_text()
    assert not [line for line in source.splitlines() if line.startswith(("import torch", "from torch"))]


def test_a_fitted_one_needs_no_torch(tmp_path):
    """Made in this process, saved as arrays, used in one where torch cannot be imported."""
    X, Y = pairs(20)
    fitted = {
        "mlp": MLP(epochs=1).fit(X, Y),
        "sail": SAIL(4, epochs=1).fit(X, Y),
        "contrastive": Contrastive("mlp", "linear", 5, epochs=1).fit(X, Y),
    }
    for name, aligner in fitted.items():
        np.savez(tmp_path / f"{name}.npz", **learnt(aligner), scores=aligner.similarity(X, Y))
        (tmp_path / f"{name}.json").write_text(json.dumps(aligner.get_params()))
    np.savez(tmp_path / "pairs.npz", X=X, Y=Y)
    code = f"""
import importlib.machinery
finder, find = importlib.machinery.PathFinder, importlib.machinery.PathFinder.find_spec
finder.find_spec = classmethod(lambda cls, name, *rest: None if name.split(".")[0] == "torch" else find(name, *rest))
import json, numpy as np
from pathlib import Path
from headword import aligners
folder = Path({str(tmp_path)!r})
rows = np.load(folder / "pairs.npz")
for name in {list(fitted)!r}:
    arrays = dict(np.load(folder / f"{{name}}.npz"))
    expected = arrays.pop("scores")
    aligner = aligners.registry[name](**json.loads((folder / f"{{name}}.json").read_text()))
    for key, value in arrays.items():
        setattr(aligner, key, value if value.ndim else value.item())
    np.testing.assert_allclose(aligner.similarity(rows["X"], rows["Y"]), expected, atol=1e-6)
    try:
        aligner.fit(rows["X"], rows["Y"])
    except ImportError as error:
        assert "headword[torch]" in str(error)
    else:
        raise AssertionError("trained without torch")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- The bar ---


def test_the_bar_is_shown_on_request_only(capsys):
    X, Y = pairs()
    MLP(epochs=2).fit(X, Y)
    assert capsys.readouterr().err == ""  # no terminal
    with progress(show=True):
        MLP(epochs=2).fit(X, Y)
    assert "MLP" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError), progress(show=True):
        1 / 0  # noqa: B018
    MLP(epochs=2).fit(X, Y)
    assert capsys.readouterr().err == ""
