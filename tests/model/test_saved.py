"""A saved model: whole or not there at all, the same to the last bit, and for its own encoders only."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import headword as hw
from headword import aligners
from headword._version import __version__
from headword.errors import EncoderMismatch, InputError, UnknownName
from headword.model import aligned as model
from headword.model import saved
from headword.storage import model_files as storage

FILES = ["config.json", "labels.json", "model.safetensors"]


@pytest.fixture
def path(planted_model, tmp_path) -> Path:
    planted_model.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def edit(path: Path, change) -> None:
    """Applies `change` to the config of a saved model."""
    config = json.loads((path / "config.json").read_text())
    change(config)
    (path / "config.json").write_text(json.dumps(config))


def inside(path: Path) -> list[str]:
    return sorted(each.name for each in path.iterdir())


def same(one: hw.AlignedModel, other: hw.AlignedModel, planted) -> bool:
    words, pictures = list(planted.NEW_WORDS), [planted.picture(word) for word in planted.NEW_WORDS]
    return (
        np.array_equal(one.encode_text(words), other.encode_text(words))
        and np.array_equal(one.encode_labels(words, None), other.encode_labels(words, None))
        and np.array_equal(one.encode_image(pictures), other.encode_image(pictures))
        and one.classify(pictures, words, definitions=None, none_of_these=0.2)
        == other.classify(pictures, words, definitions=None, none_of_these=0.2)
        and one.rank(pictures, words) == other.rank(pictures, words)
    )


# --- The same ---


def test_what_is_read_is_what_was_saved(planted_model, path, planted):
    again = hw.AlignedModel.from_pretrained(path)
    assert same(planted_model, again, planted)
    assert again.templates == planted_model.templates
    assert again.validation == planted_model.validation
    assert again.labels == planted_model.labels == planted_model.image_encoder.head().labels
    assert again.labels.name == "planted words"
    assert again.calibration.scale == planted_model.calibration.scale
    np.testing.assert_array_equal(again.calibration.background, planted_model.calibration.background)
    np.testing.assert_array_equal(again.calibration.null_quantiles, planted_model.calibration.null_quantiles)
    assert repr(again.aligner) == repr(planted_model.aligner)


def test_saved_again_is_the_same_file(path, tmp_path):
    hw.AlignedModel.from_pretrained(str(path)).save_pretrained(str(tmp_path / "again"))
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (path / name).read_bytes()


def test_the_config_can_be_read_by_people(path, planted_model):
    config = json.loads((path / "config.json").read_text())
    assert config["format"] == 2
    assert config["headword"] == __version__
    assert config["image_encoder"] == {
        "name": "planted/eye", "fingerprint": planted_model.image_encoder.fingerprint, "dim": 24,
    }  # fmt: skip
    assert config["text_encoder"]["name"] == "planted/ear"
    assert config["aligner"]["kind"] == "kernel-ridge"
    assert config["aligner"]["parameters"]["gamma"] == "auto"
    assert config["aligner"]["learnt"]["gamma_"] == planted_model.aligner.gamma_
    assert config["templates"] == ["plain", "photo"]
    assert [each["asked_with"] for each in config["validation"]] == ["names", "all texts"]


def test_names_its_encoders_and_does_not_copy_them(path):
    assert inside(path) == FILES
    assert (path / "model.safetensors").stat().st_size < 200_000


def test_an_uncalibrated_model_is_saved_too(planted_model, tmp_path, planted):
    model = hw.AlignedModel(planted_model.image_encoder, planted_model.text_encoder, planted_model.aligner)
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    np.testing.assert_array_equal(again.encode_text(["zbamn"]), model.encode_text(["zbamn"]))
    assert (again.validation, again.labels) == ((), None)
    assert inside(tmp_path / "model") == ["config.json", "model.safetensors"]
    with pytest.raises(InputError, match="not calibrated"):
        again.classify([planted.picture("zbamn")], ["zbamn"], definitions=None, none_of_these=True)


def test_numbers_of_numpy_are_saved_as_numbers(planted_model, tmp_path, unchecked):
    x, y = np.random.default_rng(0).normal(size=(2, 30, 20))
    x = np.column_stack([x, x[:, :4]])
    aligner = aligners.KernelRidge(alpha=np.float32(0.5), gamma=np.float64(2), landmarks=np.int64(7)).fit(x, y)
    model = hw.AlignedModel(planted_model.image_encoder, planted_model.text_encoder, aligner)
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    assert again.aligner.get_params() == aligner.get_params()
    np.testing.assert_array_equal(again.aligner.transform_text(y), aligner.transform_text(y))


def test_an_aligner_goes_on_learning_after_it_was_saved(planted_model, tmp_path):
    x, y = np.random.default_rng(0).normal(size=(2, 40, 20))
    x = np.column_stack([x, x[:, :4]])
    aligner = aligners.Ridge(alpha=1.0).fit(x[:20], y[:20])
    hw.AlignedModel(planted_model.image_encoder, planted_model.text_encoder, aligner).save_pretrained(
        tmp_path / "model"
    )
    again = hw.AlignedModel.from_pretrained(tmp_path / "model").aligner
    np.testing.assert_array_equal(
        again.partial_fit(x[20:], y[20:]).transform_text(y), aligner.partial_fit(x[20:], y[20:]).transform_text(y)
    )


# --- Its own encoders only ---


def test_a_path_may_start_at_home(planted_model, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    planted_model.save_pretrained("~/mine")
    assert (tmp_path / "mine" / "config.json").is_file()
    assert hw.AlignedModel.from_pretrained("~/mine").labels == planted_model.labels


def test_encoders_may_be_given(path, planted, planted_model):
    for image, text in (("planted/eye", "planted/ear"), (planted.Eye(), planted.Ear()), (planted.Eye(), None)):
        again = hw.AlignedModel.from_pretrained(path, image_encoder=image, text_encoder=text)
        np.testing.assert_array_equal(again.encode_text(["zbamn"]), planted_model.encode_text(["zbamn"]))


def test_options_go_to_the_encoders(path):
    hw.AlignedModel.from_pretrained(path, device="cpu", dtype="float32")
    with pytest.raises(InputError, match="the option 'size'"):
        hw.AlignedModel.from_pretrained(path, size=3)


@pytest.mark.parametrize("given", [{"image_encoder": "planted/eye"}, {"text_encoder": "planted/ear"}])
def test_options_go_to_encoders_that_are_elsewhere_now(path, given, monkeypatch):
    asked = []
    for name in ("load_image_encoder", "load_text_encoder"):
        load = getattr(model, name)
        monkeypatch.setattr(model, name, lambda where, load=load, **options: (asked.append(options), load(where))[1])
    hw.AlignedModel.from_pretrained(path, **given, device="cpu")
    assert asked == [{"device": "cpu"}] * 2


def test_options_do_not_go_to_encoders_that_are_made(path, planted):
    for made in ({"image_encoder": planted.Eye()}, {"text_encoder": planted.Ear()}):
        hw.AlignedModel.from_pretrained(path, **made, device="cpu")
    with pytest.raises(InputError, match=r"(?s)Eye with device.*it is made already"):
        hw.AlignedModel.from_pretrained(path, image_encoder=planted.Eye(), text_encoder=planted.Ear(), device="cpu")


@pytest.mark.parametrize("side", ["image", "text"])
def test_refuses_another_encoder(path, side):
    own, other = {"image": ("planted/eye", "planted/other-eye"), "text": ("planted/ear", "planted/other-ear")}[side]
    message = (
        rf"(?s)fitted on {own} \(fingerprint [0-9a-f]{{12}}\).*{other} \(fingerprint [0-9a-f]{{12}}\).*align again"
    )
    with pytest.raises(EncoderMismatch, match=message):
        hw.AlignedModel.from_pretrained(path, **{f"{side}_encoder": other})


def test_refuses_an_encoder_whose_weights_have_changed(path, planted, monkeypatch):
    monkeypatch.setattr(planted.Ear, "fingerprint", property(lambda self: "0" * 64))
    with pytest.raises(EncoderMismatch, match=r"(?s)planted/ear .*other weights, preprocessing or type"):
        hw.AlignedModel.from_pretrained(path)


def test_a_network_of_ones_own_is_asked_for(path):
    edit(path, lambda config: config["image_encoder"].update(name="module/Net"))
    with pytest.raises(UnknownName, match=r"(?s)'module/Net'.*pass the encoder itself: image_encoder="):
        hw.AlignedModel.from_pretrained(path)


def test_an_encoder_that_is_gone_is_named(path):
    edit(path, lambda config: config["text_encoder"].update(name="gone/ear"))
    with pytest.raises(UnknownName, match="gone/ear"):
        hw.AlignedModel.from_pretrained(path)


# --- Damaged ---


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: (path / "config.json").unlink(), r"no config\.json in it"),
        (lambda path: (path / "model.safetensors").unlink(), r"no model\.safetensors in it"),
        (lambda path: (path / "config.json").write_text(""), "damaged files"),
        (lambda path: (path / "config.json").write_text('{"format": 1'), "damaged files"),
        (lambda path: (path / "config.json").write_bytes(b"\xff\xfe\x00"), "damaged files"),
        (lambda path: (path / "config.json").write_text("[1, 2]"), "holds a list"),
        (lambda path: (path / "model.safetensors").write_bytes(b""), "damaged files"),
        (lambda path: os.truncate(path / "model.safetensors", 1000), "damaged files"),
        (
            lambda path: save_file({"a": np.zeros(3)}, path / "model.safetensors"),
            "a config without 'calibration.background'",
        ),
        (lambda path: (path / "labels.json").unlink(), r"labels.*labels\.json"),
        (lambda path: (path / "labels.json").write_text("[{"), r"labels.*labels\.json.*not JSON"),
        (lambda path: edit(path, lambda config: config.pop("aligner")), "a config without 'aligner'"),
        (lambda path: edit(path, lambda config: config.pop("scale")), "a config without 'scale'"),
        (lambda path: edit(path, lambda config: config["image_encoder"].pop("fingerprint")), "without 'fingerprint'"),
        (lambda path: edit(path, lambda config: config.update(validation=[{"top1": 1}])), "a config without"),
        (
            lambda path: edit(path, lambda config: config["aligner"].update(parameters={"colour": 1})),
            "colour.*align again",
        ),
        (lambda path: edit(path, lambda config: config.update(format=4)), "format 4.*upgrade headword"),
        (lambda path: edit(path, lambda config: config.update(format=1)), "format 1.*align again"),
        (lambda path: edit(path, lambda config: config.pop("format")), "format None"),
    ],
)
def test_says_what_is_wrong_with_a_saved_model(path, harm, message):
    harm(path)
    with pytest.raises(InputError, match=rf"(?s){message}"):
        hw.AlignedModel.from_pretrained(path)


def test_an_aligner_that_is_not_installed_is_named(path):
    edit(path, lambda config: config["aligner"].update(kind="kernel-rigde"))
    with pytest.raises(UnknownName, match=r"(?s)the aligner 'kernel-rigde'.*did you mean 'kernel-ridge'"):
        hw.AlignedModel.from_pretrained(path)


def test_says_that_there_is_no_model(tmp_path):
    with pytest.raises(InputError, match=r"(?s)the saved model .*nowhere.*no such folder.*save_pretrained"):
        hw.AlignedModel.from_pretrained(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"no config\.json and model\.safetensors in it"):
        hw.AlignedModel.from_pretrained(tmp_path)


# --- Whole or not there ---


class Interrupted(KeyboardInterrupt):
    """Ctrl-C at an unlucky moment."""


def interrupt(*_: object, **__: object) -> None:
    raise Interrupted


@pytest.mark.parametrize("moment", ["save_file", "json.dumps"])
def test_an_interrupted_save_leaves_nothing(planted_model, tmp_path, monkeypatch, moment):
    owner, name = {"save_file": (storage, "save_file"), "json.dumps": (storage.json, "dumps")}[moment]
    monkeypatch.setattr(owner, name, interrupt)
    with pytest.raises(Interrupted):
        planted_model.save_pretrained(tmp_path / "deep" / "model")
    assert inside(tmp_path / "deep") == []


@pytest.mark.parametrize("moment", ["save_file", "json.dumps"])
def test_an_interrupted_save_keeps_the_old_model(planted_model, path, planted, monkeypatch, moment):
    before = {each.name: each.read_bytes() for each in path.iterdir()}
    other = hw.align("planted/eye", "planted/ear", aligner="ridge", definitions={})
    owner, name = {"save_file": (storage, "save_file"), "json.dumps": (storage.json, "dumps")}[moment]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, interrupt)
        with pytest.raises(Interrupted):
            other.save_pretrained(path)
    assert {each.name: each.read_bytes() for each in path.iterdir()} == before
    assert inside(path.parent) == ["model"]


@pytest.mark.parametrize("kind", [Interrupted, OSError])
def test_the_old_model_comes_back_when_the_new_one_cannot_take_its_place(path, monkeypatch, kind):
    other = hw.align("planted/eye", "planted/ear", aligner="ridge", definitions={})
    before = {each.name: each.read_bytes() for each in path.iterdir()}
    rename = Path.rename

    def fails_for_the_new(self, target):
        if self.name == "new":
            raise kind("unlucky")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fails_for_the_new)
        with pytest.raises(kind):
            other.save_pretrained(path)
    assert {each.name: each.read_bytes() for each in path.iterdir()} == before
    assert inside(path.parent) == ["model"]


def test_saving_over_a_model_replaces_it(path, planted):
    other = hw.align("planted/eye", "planted/ear", aligner="ridge", definitions={})
    other.save_pretrained(path)
    assert same(other, hw.AlignedModel.from_pretrained(path), planted)
    assert inside(path) == FILES
    assert inside(path.parent) == ["model"]


def test_saving_over_a_damaged_model_repairs_it(planted_model, path, planted):
    (path / "config.json").write_text('{"format": 1')
    planted_model.save_pretrained(path)
    assert same(planted_model, hw.AlignedModel.from_pretrained(path), planted)


def test_saves_into_an_empty_folder_and_through_a_link(planted_model, tmp_path, planted):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    planted_model.save_pretrained(tmp_path / "empty")
    planted_model.save_pretrained(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert same(planted_model, hw.AlignedModel.from_pretrained(tmp_path / "link"), planted)


FOREIGN = {
    "a file": lambda path: path.write_text("dear diary"),
    "pictures": lambda path: (path.mkdir(), (path / "cat.jpg").write_bytes(b"meow")),
    "another library's model": lambda path: (
        path.mkdir(),
        (path / "config.json").write_text('{"model_type": "vit"}'),
        (path / "model.safetensors").write_bytes(b"weights"),
    ),
    "weights": lambda path: (path.mkdir(), (path / "model.safetensors").write_bytes(b"weights")),
    "a list": lambda path: (path.mkdir(), (path / "config.json").write_text("[]")),
    "a model and notes": lambda path: (
        path.mkdir(),
        (path / "config.json").write_text('{"headword": "0.1.0"}'),
        (path / "notes.txt").write_text("dear diary"),
    ),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_refuses_to_overwrite_what_is_not_a_model(planted_model, tmp_path, case):
    path = tmp_path / "precious"
    FOREIGN[case](path)
    before = {each: each.read_bytes() for each in [path, *path.rglob("*")] if each.is_file()}
    with pytest.raises(
        InputError, match=r"(?s)to save a model in .*precious.*something else is there.*choose a new folder"
    ):
        planted_model.save_pretrained(path)
    assert {each: each.read_bytes() for each in [path, *path.rglob("*")] if each.is_file()} == before
    assert inside(tmp_path) == ["precious"]


# --- The parts ---


def test_state_is_what_ends_in_an_underscore():
    aligner = aligners.Ridge(alpha=1.0).fit(*np.random.default_rng(0).normal(size=(2, 20, 3)))
    aligner._scratch_ = aligner.note = "not learnt"
    plain, arrays = saved.aligner_state(aligner)
    assert plain == {"image_dim_": 3, "text_dim_": 3, "alpha_": 1.0}
    assert set(arrays) >= {"coef_", "text_mean_", "sum_n_"}
    assert arrays["sum_n_"].shape == ()


def test_every_array_keeps_its_type_and_shape(tmp_path):
    arrays = {
        "half": np.arange(6, dtype=np.float16).reshape(2, 3), "scalar": np.array(3.5), "index": np.arange(3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "none": np.zeros((0, 4), np.float32),
    }  # fmt: skip
    storage.write_model_folder(tmp_path / "model", {"headword": "test"}, arrays)
    config, again = storage.read_model_folder(tmp_path / "model")
    assert config == {"headword": "test"}
    assert again.keys() == arrays.keys() == load_file(tmp_path / "model" / "model.safetensors").keys()
    for name, array in arrays.items():
        assert (again[name].dtype, again[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(again[name], array)


def test_names_of_any_script_are_kept(tmp_path):
    storage.write_model_folder(tmp_path / "modèle 模型", {"headword": "ümlaut 猫"}, {"a": np.zeros(1)})
    assert storage.read_model_folder(tmp_path / "modèle 模型")[0] == {"headword": "ümlaut 猫"}


def test_what_json_cannot_hold_is_an_error_and_not_a_file(tmp_path):
    with pytest.raises(TypeError, match=r"set does not go into config\.json"):
        storage.write_model_folder(tmp_path / "model", {"headword": {1, 2}}, {"a": np.zeros(1)})
    assert inside(tmp_path) == []
