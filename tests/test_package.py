"""The package as a whole: what it exports, how lightly it loads, and the rules of the house."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

import headword as hw
from headword.aligners.folds import Fold

ROOT = Path(hw.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MODULES = sorted(
    each.name for each in pkgutil.walk_packages([str(ROOT)], "headword.") if each.name != "headword.__main__"
)

PUBLIC = {
    "AlignedModel": [
        "encode_image", "encode_text", "encode_labels", "similarity", "classify", "rank", "save_pretrained",
        "from_pretrained",
    ],
    "Head": ["load", "logits", "take"],
    "LabelSet": ["from_names", "load", "named", "resolve", "take"],
    "Pairs": ["from_head"],
    "align": [],
    "load_image_encoder": [],
    "load_text_encoder": [],
    "aligners": ["ASIF", "CSA", "KernelRidge", "Procrustes", "Ridge", "registry"],
    "bench": ["Workbench", "plan", "read_recipe", "sweep"],
    "datasets": ["Captioned", "Labelled", "load", "registry"],
    "errors": ["HeadwordError", "InputError"],
    "report": ["model_report", "Report"],
    "tasks": ["Result", "few_shot", "generalised", "retrieval", "zero_shot"],
    "adapters": ["Adapter", "registry"],
    "analysis": ["gap", "study"],
    "labels": ["LabelSet", "label_report"],
    "metrics": ["Estimate", "retrieval_ranks"],
    "model": ["AlignedModel", "HeldOut", "held_out_classes"],
    "pairs": ["Bridge", "Pairs"],
}  # fmt: skip


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- Names ---


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_there(name):
    value = getattr(hw, name)
    assert name in hw.__all__
    assert name in dir(hw)
    for attribute in PUBLIC[name]:
        assert hasattr(value, attribute), f"hw.{name}.{attribute}"


@pytest.mark.parametrize(
    ("function", "beginning"),
    [
        (
            hw.align,
            "image_encoder, text='bundled/all-minilm-l6-v2', aligner='kernel-ridge', labels=None, definitions='auto'",
        ),
        (hw.load_image_encoder, "name_or_path"),
        (hw.load_text_encoder, "name_or_path"),
        (hw.Pairs.from_head, "head, text_encoder"),
        (hw.AlignedModel, "image_encoder, text_encoder, aligner"),
        (hw.AlignedModel.encode_image, "self, images"),
        (hw.AlignedModel.encode_text, "self, items"),
        (hw.AlignedModel.encode_labels, "self, labels, definitions='auto'"),
        (hw.AlignedModel.similarity, "self, images, texts"),
        (hw.AlignedModel.classify, "self, images, labels, top_k=5"),
        (hw.AlignedModel.save_pretrained, "self, path"),
        (hw.AlignedModel.from_pretrained, "path"),
    ],
)
def test_public_signatures_begin_as_promised(function, beginning):
    parameters = inspect.signature(function).parameters.values()
    found = ", ".join(str(each.replace(annotation=each.empty)).replace(" = ", "=") for each in parameters)
    assert found == beginning or found.startswith(f"{beginning}, ")


def test_there_are_no_other_public_names():
    assert set(hw.__all__) == {*PUBLIC, "__version__"}
    assert len(hw.__all__) <= 20


def test_says_that_it_has_no_such_name():
    with pytest.raises(AttributeError, match="module 'headword' has no attribute 'nonsense'"):
        _ = hw.nonsense


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_what_it_says_it_has(module):
    found = importlib.import_module(module)
    assert found.__doc__
    for name in getattr(found, "__all__", ()):
        assert hasattr(found, name), f"{module}.{name}"


def test_its_types_are_for_others_too():
    assert (ROOT / "py.typed").is_file()


# --- Loading ---


def test_importing_it_loads_nothing_heavy():
    code = "import headword, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(run(code)))
    assert not loaded & {"torch", "scipy", "scipy.stats", "pandas", "sklearn", "timm", "transformers", "numpy", "PIL"}


def test_what_needs_no_network_loads_no_torch():
    used = "hw.AlignedModel, hw.Pairs, hw.align, hw.aligners.KernelRidge, hw.model, hw.load_image_encoder, hw.bench"
    loaded = set(json.loads(run(f"import headword as hw, sys, json; {used}; print(json.dumps(sorted(sys.modules)))")))
    assert not loaded & {"torch", "timm", "transformers", "sentence_transformers", "open_clip", "matplotlib"}


@pytest.mark.parametrize("name", ["Pairs", "load_text_encoder", "aligners", "LabelSet"])
def test_a_name_can_be_the_first_one_used(name):
    run(f"import headword as hw; hw.{name}")


# --- The house ---


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node) is not None
            body = node.body[1:] if documented else node.body
            assert not body or body[-1].end_lineno - body[0].lineno < 40, f"{node.name} is long"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_runs_foreign_code_or_swallows_errors(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None
            assert not (isinstance(node.type, ast.Name) and node.type.id == "Exception")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "print")
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            if names != ["UnpicklingError", "pickle"]:  # what a refusal to unpickle raises
                assert not {name.partition(".")[0] for name in names} & {"pickle", "joblib", "dill", "shelve"}


def test_torch_stays_with_the_encoders():
    for path in FILES:
        if path.parent.name == "encoders":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not {name.partition(".")[0] for name in names} & {"torch", "timm", "pandas"}, path


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_the_documentation_run(module, unchecked):
    found = doctest.testmod(importlib.import_module(module))
    assert found.failed == 0


def test_every_aligner_shows_an_example():
    for name in hw.aligners.registry:
        kind = hw.aligners.registry[name]
        (example,) = [each for each in doctest.DocTestFinder(recurse=False).find(kind) if each.examples]
        assert 0 < len(example.examples) <= 8


# --- The tests themselves ---


def test_shapes_are_checked_while_tests_run():
    with pytest.raises(jaxtyping.TypeCheckError, match="h k"):
        Fold(np.arange(2), np.ones((2, 3)), np.ones((4, 3)))
    with pytest.raises(jaxtyping.TypeCheckError):
        Fold(np.arange(2), np.ones((2, 3)), np.ones((2, 3), dtype=int))
