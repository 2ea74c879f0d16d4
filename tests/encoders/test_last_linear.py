"""The proof itself, on networks small enough to see what is right."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from headword.encoders import load_image_encoder
from headword.errors import HeadMismatch, InputError

CLASSES = ["a", "b", "c", "d", "e"]


def to_pixels(picture):
    return torch.from_numpy(np.asarray(picture.resize((8, 8)), dtype=np.float32)).permute(2, 0, 1) / 255


class Toy(nn.Module):
    """Features of 6 numbers, then whatever `answer` makes of them."""

    def __init__(self, answer, **layers):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.answer = answer

    def forward(self, pixels):
        return self.answer(self, self.body(pixels))


def encoder_of(answer, *, layer=None, **layers):
    torch.manual_seed(0)
    return load_image_encoder(Toy(answer, **layers), transform=to_pixels, labels=CLASSES, layer=layer)


def test_weight_and_bias_are_the_layers_own():
    encoder = encoder_of(lambda net, x: net.fc(x), fc=nn.Linear(6, 5))
    head = encoder.head()
    module = encoder._module
    np.testing.assert_array_equal(head.weight, module.fc.weight.detach().numpy())
    np.testing.assert_array_equal(head.bias, module.fc.bias.detach().numpy())
    assert head.layer == "fc of module/Toy"
    assert head.labels.names == tuple(CLASSES)


def test_the_head_is_a_copy(pictures):
    encoder = encoder_of(lambda net, x: net.fc(x), fc=nn.Linear(6, 5))
    head, before = encoder.head(), encoder.encode(pictures)
    weight = head.weight.copy()
    with torch.no_grad():
        encoder._module.fc.weight.zero_()
    np.testing.assert_array_equal(head.weight, weight)
    np.testing.assert_array_equal(encoder.encode(pictures), before)


def test_layers_may_be_called_by_keyword_or_with_nothing(pictures):
    class Offset(nn.Linear):
        def forward(self):
            return self.weight[0]

    encoder = encoder_of(lambda net, x: net.fc(input=x + net.shift()), shift=Offset(6, 5), fc=nn.Linear(6, 5))
    assert encoder.head().layer == "fc of module/Toy"
    assert encoder.encode(pictures).shape == (3, 6)


def test_without_bias_it_is_zero():
    head = encoder_of(lambda net, x: net.fc(x), fc=nn.Linear(6, 5, bias=False)).head()
    assert not head.bias.any()


def test_hidden_layer_and_norm_belong_to_the_network(pictures):
    answer = lambda net, x: net.fc(net.norm(net.hidden(x).relu()))  # noqa: E731
    encoder = encoder_of(answer, hidden=nn.Linear(6, 9), norm=nn.LayerNorm(9), fc=nn.Linear(9, 5))
    assert encoder.dim == 9
    assert encoder.encode(pictures).shape == (3, 9)


def test_a_stray_layer_as_wide_as_the_head_is_not_taken(pictures):
    answer = lambda net, x: net.fc(net.stray(x).tanh())  # noqa: E731
    encoder = encoder_of(answer, stray=nn.Linear(6, 5), fc=nn.Linear(5, 5))
    assert encoder.head().layer.startswith("fc of")
    assert np.abs(encoder.encode(pictures)).max() <= 1


def test_an_unused_layer_after_the_head_is_not_taken():
    answer = lambda net, x: (net.fc(x), net.aux(x))[0]  # noqa: E731
    assert encoder_of(answer, fc=nn.Linear(6, 5), aux=nn.Linear(6, 5)).head().layer.startswith("fc of")


def test_two_averaged_heads_are_one_over_both_embeddings(pictures):
    answer = lambda net, x: (net.one(x) + net.two(x.tanh())) / 2  # noqa: E731
    encoder = encoder_of(answer, one=nn.Linear(6, 5), two=nn.Linear(6, 5))
    head, module = encoder.head(), encoder._module
    np.testing.assert_allclose(head.weight[:, :6], module.one.weight.detach() / 2)
    np.testing.assert_allclose(head.weight[:, 6:], module.two.weight.detach() / 2)
    np.testing.assert_allclose(head.bias, (module.one.bias + module.two.bias).detach() / 2, rtol=1e-6)
    embeddings = encoder.encode(pictures)
    np.testing.assert_allclose(embeddings[:, 6:], np.tanh(embeddings[:, :6]), atol=1e-6)


def test_several_named_layers_are_taken_together():
    answer = lambda net, x: (net.one(x) + net.two(x)) / 2 + 0 * net.stray(x)  # noqa: E731
    layers = {name: nn.Linear(6, 5) for name in ("one", "two", "stray")}
    assert encoder_of(answer, layer=["two", "one"], **layers).dim == 12
    with pytest.raises(HeadMismatch, match="comes closest"):
        encoder_of(answer, **layers).head()


class Cosine(nn.Linear):
    """A head that compares directions."""

    def forward(self, x):
        return nn.functional.linear(nn.functional.normalize(x), nn.functional.normalize(self.weight))


REFUSED = {
    "cosine": (lambda net, x: net.fc(x), {"fc": Cosine(6, 5)}),
    "temperature": (lambda net, x: 10 * net.fc(x), {"fc": nn.Linear(6, 5)}),
    "soft cap": (lambda net, x: 3 * (net.fc(x) / 3).tanh(), {"fc": nn.Linear(6, 5)}),
    "slightly scaled": (lambda net, x: 1.001 * net.fc(x), {"fc": nn.Linear(6, 5)}),
    "sum of heads": (lambda net, x: net.fc(x) + net.two(x), {"fc": nn.Linear(6, 5), "two": nn.Linear(6, 5)}),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_the_proof_does_not_confirm_is_refused_by_name_and_difference(kind):
    answer, layers = REFUSED[kind]
    with pytest.raises(HeadMismatch, match=r"(?s)(fc|two) comes closest.* up to [\d.e+-]+ where [\d.e+-]+ is allowed"):
        encoder_of(answer, **layers).head()


def test_the_named_layer_is_taken_or_refused():
    layers = {"fc": nn.Linear(6, 5), "stray": nn.Linear(6, 5)}
    answer = lambda net, x: net.fc(x) + 0 * net.stray(x)  # noqa: E731
    assert encoder_of(answer, layer="fc", **layers).head().layer.startswith("fc of")
    with pytest.raises(HeadMismatch, match=r"(?s)stray comes closest.*name another layer"):
        encoder_of(answer, layer="stray", **layers).head()
    with pytest.raises(InputError, match=r"(?s)'classifier'.*no linear layer of that name.*fc, stray"):
        encoder_of(answer, layer="classifier", **layers).head()


def test_answers_that_are_no_logits_are_named():
    with pytest.raises(InputError, match="tuple for 2 pictures"):
        encoder_of(lambda net, x: (net.fc(x), x), fc=nn.Linear(6, 5)).head()
    with pytest.raises(InputError, match=r"shape \(1, 5\) for 2 pictures"):
        encoder_of(lambda net, x: net.fc(x)[:1], fc=nn.Linear(6, 5)).head()


def test_logits_that_are_not_numbers_prove_nothing():
    with pytest.raises(HeadMismatch, match="nan"):
        encoder_of(lambda net, x: net.fc(x) * float("nan"), fc=nn.Linear(6, 5)).head()
