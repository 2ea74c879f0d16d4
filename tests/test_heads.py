"""Heads: rows of weight with the classes they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from headword.errors import InputError, LabelMismatch
from headword.heads import Head
from headword.labels.label_set import LabelSet

RNG = np.random.default_rng(0)
WEIGHT, BIAS = RNG.normal(size=(4, 3)).astype(np.float32), RNG.normal(size=4).astype(np.float32)
NAMES = ["ant", "bee", "cow", "dog"]

NPY_HEADER = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n" + bytes(4)
_TENSOR = b'{"weight":{"dtype":"BF16","shape":[4,3],"data_offsets":[0,24]}}'
BFLOAT16 = len(_TENSOR).to_bytes(8, "little") + _TENSOR + bytes(24)


@pytest.fixture
def head() -> Head:
    return Head(WEIGHT, BIAS, LabelSet.from_names(NAMES), "head.fc of a test")


def test_gives_the_logits_of_the_classifier(head):
    embeddings = RNG.normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_allclose(head.logits(embeddings), embeddings @ WEIGHT.T + BIAS, rtol=1e-6)
    assert head.logits(embeddings.astype(np.float64)).dtype == np.float32
    with pytest.raises(InputError, match="embeddings with 3 columns"):
        head.logits(embeddings[:, :2])


def test_prototypes_are_rows_of_norm_one(head):
    np.testing.assert_allclose(np.linalg.norm(head.prototypes, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(head.prototypes * np.linalg.norm(WEIGHT, axis=1)[:, None], WEIGHT, rtol=1e-6)
    assert (len(head), head.dim) == (4, 3)


@pytest.mark.parametrize("rows", [[2, 0], np.array([2, 0]), (2, 0)])
def test_takes_rows_in_order(head, rows):
    taken = head.take(rows)
    assert taken.labels.names == ("cow", "ant")
    np.testing.assert_array_equal(taken.weight, WEIGHT[[2, 0]])
    np.testing.assert_array_equal(taken.bias, BIAS[[2, 0]])
    assert taken.layer == head.layer


def test_takes_rows_by_mask(head):
    assert head.take(np.array([False, True, False, True])).labels.names == ("bee", "dog")


@pytest.mark.parametrize("rows", [[4], [True, False], []])
def test_says_which_rows_it_has_not(head, rows):
    with pytest.raises(InputError):
        head.take(rows)


def test_labels_must_be_as_many_as_rows():
    with pytest.raises(LabelMismatch, match=r"(?s)each of the 4 rows of fc.*3 labels \(own list\).*order of the rows"):
        Head(WEIGHT, BIAS, LabelSet.from_names(NAMES[:3]), "fc")


@pytest.mark.parametrize("bias", [BIAS[:3], BIAS[None], np.array([1, 2, np.nan, 4]), np.float32(0)])
def test_bias_must_fit(bias, unchecked):
    with pytest.raises(InputError, match="a finite bias of length 4, one for each row of arrays"):
        Head(WEIGHT, bias, LabelSet.from_names(NAMES))


def test_weight_must_be_finite():
    with pytest.raises(InputError, match="the weight of fc with finite numbers only"):
        Head(np.where(WEIGHT > 0, np.nan, WEIGHT), BIAS, LabelSet.from_names(NAMES), "fc")


def test_doubles_become_float32(unchecked):
    head = Head(WEIGHT.astype(np.float64), BIAS.tolist(), LabelSet.from_names(NAMES))
    assert head.weight.dtype == head.bias.dtype == np.float32


# --- Files ---


@pytest.mark.parametrize("prefix", ["", "head.fc."])
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_reads_weight_and_bias_from_a_file(tmp_path, prefix, suffix):
    path = tmp_path / f"head{suffix}"
    write(path, {f"{prefix}weight": WEIGHT, f"{prefix}bias": BIAS})
    for given in (path, str(path)):
        head = Head.load(given, NAMES)
        np.testing.assert_array_equal(head.weight, WEIGHT)
        np.testing.assert_array_equal(head.bias, BIAS)
        assert head.labels.names == tuple(NAMES)
        assert head.layer == str(path)


def test_a_head_without_bias_has_zeros(tmp_path):
    write(tmp_path / "head.npz", {"weight": WEIGHT})
    np.testing.assert_array_equal(Head.load(tmp_path / "head.npz", NAMES).bias, np.zeros(4))


def test_labels_may_be_a_file(tmp_path):
    write(tmp_path / "head.npz", {"weight": WEIGHT})
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    assert Head.load(tmp_path / "head.npz", tmp_path / "names.txt").labels.names == tuple(NAMES)


@pytest.mark.parametrize("labels", [None, NAMES[:3]])
def test_says_that_the_labels_do_not_fit(tmp_path, labels):
    write(tmp_path / "head.npz", {"weight": WEIGHT})
    with pytest.raises(LabelMismatch, match=r"one label for each of the 4 rows of .*head\.npz"):
        Head.load(tmp_path / "head.npz", labels)


@pytest.mark.parametrize(
    ("name", "arrays", "message"),
    [
        ("none.npz", None, "no such file"),
        ("head.pt", {"weight": WEIGHT}, r"the ending '\.pt'.*\.npz or \.safetensors"),
        ("head.npz", {"kernel": WEIGHT}, r"one matrix called 'weight'.*\['kernel'\]"),
        ("head.npz", {"a.weight": WEIGHT, "b.weight": WEIGHT}, r"\['a\.weight', 'b\.weight'\].*keep only"),
        ("head.npz", {"weight": WEIGHT[0]}, "one matrix called 'weight'"),
        ("head.npz", {"weight": np.array([[None]])}, "cannot be read"),
        ("head.npz", b"PK\x03\x04 but no archive", "cannot be read"),
        ("head.npz", b"", "cannot be read"),
        ("head.npz", b"\x93NUMPY\x01\x00v\x00" + NPY_HEADER, "cannot be read"),
        ("head.safetensors", b"\x10\0\0\0\0\0\0\0 no header", "cannot be read"),
        ("head.safetensors", b"", "cannot be read"),
        ("head.safetensors", BFLOAT16, "cannot be read"),
    ],
)
def test_says_what_is_wrong_with_a_file(tmp_path, name, arrays, message):
    path = tmp_path / name
    if isinstance(arrays, bytes):
        path.write_bytes(arrays)
    elif arrays is not None:
        write(path, arrays)
    with pytest.raises(InputError, match=rf"(?s)a head from .*{name}.*{message}"):
        Head.load(path, NAMES)


def test_says_that_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Head.load(tmp_path, NAMES)


def write(path, arrays) -> None:
    if path.suffix == ".safetensors":
        save_file(arrays, path)
    else:
        with path.open("wb") as file:
            np.savez(file, **arrays)
