"""`sentence-transformers/…`: a tiny model with random weights, made in the test."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from transformers import BertConfig, BertModel, BertTokenizerFast

try:
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
except ImportError:  # sentence-transformers 4 and 5
    from sentence_transformers.models import Normalize, Pooling, Transformer

from headword.encoders import load_text_encoder
from headword.errors import InputError, WeightsUnavailable

WORDS = [
    *("a", "the", "photo", "of", "dog", "cat", "light", "##house", "vine", "##yard", "red", "blue", "house"),
    *("my", "with", "in"),
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    base, place = tmp_path_factory.mktemp("bert"), tmp_path_factory.mktemp("sentence")
    (base / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    BertTokenizerFast(vocab=str(base / "vocab.txt")).save_pretrained(base)
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = BertConfig(vocab_size=len(WORDS) + 5, max_position_embeddings=24, initializer_range=0.3, **small)
    BertModel(config).save_pretrained(base)
    transformer = Transformer(str(base))
    transformer.max_seq_length = 16
    model = SentenceTransformer(modules=[transformer, Pooling(32, "mean"), Normalize()], device="cpu")
    model.save(str(place))
    return place


@pytest.fixture
def encoder(folder):
    return load_text_encoder(folder)


TEXTS = [
    "a dog",
    "the red house",
    "a photo of a cat with a bicycle in the blue lighthouse",
    "dog",
    "my vineyard",
]


def test_it_is_the_librarys_own_embedding(encoder, folder):
    theirs = SentenceTransformer(str(folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    ours = encoder.encode(TEXTS)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, rtol=1e-6)
    assert encoder.dim == 32


def test_a_text_does_not_depend_on_its_company(encoder):
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode(text) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_array_equal(encoder.encode(TEXTS[::-1])[::-1], together)
    np.testing.assert_allclose(encoder.encode(TEXTS, batch_size=2), together, atol=1e-6)


def test_repeated_texts_are_embedded_once(encoder, folder):
    model = encoder._network.module
    seen = []
    model[0].register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0]["input_ids"])))
    rows = encoder.encode(["a dog", "a cat", "a dog"] * 50, batch_size=8)
    assert seen == [2]
    assert rows.shape == (150, 32)
    np.testing.assert_array_equal(rows[0], rows[2])


def test_texts_that_are_cut_are_counted(encoder, caplog):
    with caplog.at_level(logging.WARNING, "headword"):
        encoder.encode(["dog " * 13, "a supercalifragilistic word of many bytes, not of many tokens"])
        assert not caplog.records
        encoder.encode(["a dog", "dog " * 15, "cat " * 40])
    assert "2 of 3 texts are longer than the 16 tokens" in caplog.text


def test_the_same_fingerprint_by_folder_and_cache(encoder, folder, cached):
    cached("sentence-transformers/tiny", folder)
    assert load_text_encoder("sentence-transformers/tiny").fingerprint == encoder.fingerprint
    assert load_text_encoder("sentence-transformers/sentence-transformers/tiny").fingerprint == encoder.fingerprint
    assert load_text_encoder(folder, dtype="bfloat16").fingerprint != encoder.fingerprint


def test_pooling_and_length_are_part_of_the_fingerprint(encoder, folder, tmp_path):
    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = 12
    model.save(str(tmp_path / "short"))
    SentenceTransformer(modules=[model[0], Pooling(32, "cls"), Normalize()], device="cpu").save(str(tmp_path / "cls"))
    others = {load_text_encoder(tmp_path / name).fingerprint for name in ("short", "cls")}
    assert len(others | {encoder.fingerprint}) == 3


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([], "no text"),
        (["a", 3], "int 3 in place 1"),
        (None, "NoneType"),
        (b"bytes", "int 98"),
        (["a\ud800"], "half a character"),
    ],
)
def test_what_is_no_text_is_an_error(encoder, items, found):
    with pytest.raises(InputError, match=found):
        encoder.encode(items)


def test_an_empty_text_is_a_text(encoder):
    assert np.isfinite(encoder.encode([""])).all()
    with pytest.raises(InputError, match="batch_size=0"):
        encoder.encode(["a"], batch_size=0)


def test_a_bare_transformer_is_not_pooled_by_guess(folder, tmp_path):
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with pytest.raises(InputError, match=r"(?s)no modules.json.*would be a guess"):
        load_text_encoder(f"sentence-transformers/{tmp_path}").encode("a dog")


def test_weights_that_are_nowhere():
    with pytest.raises(
        WeightsUnavailable, match=r"(?s)sentence-transformers/all-mpnet.*not on disk.*bundled/all-minilm"
    ):
        load_text_encoder("sentence-transformers/all-mpnet-base-v2").encode("a dog")
