"""Heads of timm's classifiers: the right layer, embedding and weight, for every kind of head there is."""

from __future__ import annotations

import numpy as np
import pytest
import timm
import torch
from timm.data import create_transform, resolve_model_data_config

from headword.encoders import load_image_encoder
from headword.errors import HeadMismatch

CLASSES = [f"class {i}" for i in range(17)]

# Model, arguments that make it small, the layers that are its head, width of the embedding.
HEADS = [
    # a linear layer after pooling
    ("test_resnet", {}, "fc", 96),
    ("test_byobnet", {}, "head.fc", 256),
    ("test_efficientnet", {}, "classifier", 256),
    ("regnetx_002", {}, "head.fc", 368),
    ("pvt_v2_b0", {"depths": (1, 1, 1, 1)}, "head", 256),
    ("gmlp_ti16_224", {}, "head", 128),
    ("twins_svt_small", {"depths": (1, 1, 1, 1)}, "head", 512),
    # after a class token, a mean of tokens, attention pooling or class attention
    ("test_vit", {}, "head", 64),
    ("vit_tiny_patch16_224", {"depth": 1, "class_token": False, "global_pool": "map"}, "head", 192),
    ("beit_base_patch16_224", {"depth": 1, "embed_dim": 48, "num_heads": 2}, "head", 48),
    ("eva02_tiny_patch14_224", {"depth": 1}, "head", 192),
    ("cait_xxs24_224", {"depth": 1}, "head", 192),
    ("xcit_nano_12_p16_224", {"depth": 1}, "head", 128),
    ("coat_lite_tiny", {}, "head", 320),
    # with a norm of its own before it, which belongs to the network
    ("test_convnext", {}, "head.fc", 64),
    ("swin_tiny_patch4_window7_224", {"depths": (1, 1, 1, 1), "embed_dim": 24}, "head.fc", 192),
    ("tiny_vit_5m_224", {"depths": (1, 1, 1, 1)}, "head.fc", 320),
    ("davit_tiny", {"depths": (1, 1, 1, 1), "embed_dims": (24, 48, 96, 192)}, "head.fc", 192),
    # a batch norm that is part of the head's module
    ("shvit_s1", {}, "head.l", 320),
    ("efficientvit_m0", {}, "head.linear", 192),
    # with a hidden layer
    ("test_mambaout", {}, "head.fc", 256),
    ("caformer_s18", {}, "head.fc.fc2", 2048),
    ("inception_next_atto", {"depths": (1, 1, 1, 1)}, "head.fc2", 960),
    ("efficientvit_b0", {}, "head.classifier.4", 1280),
    ("lcnet_035", {}, "classifier", 1280),
    ("hgnetv2_b0", {}, "head.fc", 2048),
    # a 1×1 convolution
    ("resnetv2_18", {}, "head.fc", 512),
    ("dla46x_c", {}, "fc", 256),
    ("dpn48b", {}, "classifier", 832),
    # two heads whose answers are averaged
    ("deit_tiny_distilled_patch16_224", {"depth": 1}, "head + head_dist", 384),
    ("pit_ti_distilled_224", {"depth": (1, 1, 1)}, "head + head_dist", 512),
    ("levit_128s", {}, "head.linear + head_dist.linear", 768),
    ("efficientformerv2_s0", {}, "head + head_dist", 352),
    ("repvit_m1", {}, "head.head.l + head.head_dist.l", 768),
    ("crossvit_9_240", {"depth": ((1, 1, 0),)}, "head.0 + head.1", 384),
]


@pytest.mark.parametrize(("name", "small", "layer", "width"), HEADS, ids=[row[0] for row in HEADS])
def test_head_on_embedding_is_the_models_own_answer(name, small, layer, width, pictures, randomised):
    torch.manual_seed(0)
    model = randomised(timm.create_model(name, num_classes=17, drop_rate=0.5, **small))
    encoder = load_image_encoder(model, labels=CLASSES)

    embeddings = encoder.encode(pictures)
    head = encoder.head()

    transform = create_transform(**resolve_model_data_config(model), is_training=False)
    with torch.no_grad():
        logits = model.eval()(torch.stack([transform(picture) for picture in pictures])).numpy()
    scale = np.abs(logits - head.bias).max()
    assert scale > 0
    np.testing.assert_allclose(head.logits(embeddings), logits, rtol=0, atol=2e-4 * scale)
    assert head.layer == f"{layer} of module/{type(model).__name__}"
    assert head.weight.shape == (17, encoder.dim) == (17, width)
    assert embeddings.shape == (3, encoder.dim)
    assert np.abs(embeddings[0] - embeddings[1]).max() > 0


def test_the_list_covers_every_kind_of_head():
    assert len(HEADS) >= 25
    assert len({row[2] for row in HEADS}) >= 12


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("volo_d1_224", "head comes closest"),  # adds the maximum over tokens of an auxiliary head
        ("efficientvim_m1", r"heads\.\d comes closest"),  # weighs four heads unequally
        ("resnet50_clip", "no linear layer with 17 rows reads one vector"),  # projects tokens, then picks one
    ],
)
def test_what_is_no_linear_layer_over_an_embedding_is_refused(name, found, randomised):
    model = randomised(timm.create_model(name, num_classes=17))
    if name == "efficientvim_m1":
        model.weights.data = torch.tensor([0.0, 1.0, 2.0, 3.0])
    with pytest.raises(HeadMismatch, match=f"(?s)17 logits.*{found}.*num_classes=0"):
        load_image_encoder(model, labels=CLASSES).head()


def test_a_model_without_classes_embeds_but_has_no_head(pictures, randomised):
    model = randomised(timm.create_model("test_vit", num_classes=0))
    encoder = load_image_encoder(model)
    assert encoder.encode(pictures).shape == (3, 64)
    with pytest.raises(HeadMismatch, match="has no classes"):
        encoder.head()


def test_a_head_of_zeros_is_not_taken_for_proof():
    model = timm.create_model("test_resnet", num_classes=17)
    torch.nn.init.zeros_(model.fc.weight)
    with pytest.raises(HeadMismatch, match=r"(?s)fc adds nothing to its bias.*load the trained weights"):
        load_image_encoder(model, labels=CLASSES).head()


def test_training_mode_is_left_even_when_it_comes_back(pictures, randomised):
    model = randomised(timm.create_model("test_efficientnet", num_classes=17, drop_rate=0.9))
    encoder = load_image_encoder(model, labels=CLASSES)
    before = encoder.encode(pictures)
    model.train()
    np.testing.assert_array_equal(encoder.encode(pictures), before)
