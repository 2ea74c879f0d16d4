from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headword.bench import plan, read_recipe
from headword.errors import InputError, UnknownName

PAIRS = "pair_data = 'captioned'\npairs = [0, 10, 20]"


def test_single_values_and_defaults(recipe: Callable[..., Path], planted_data: Path) -> None:
    found = read_recipe(recipe())
    assert found.name == "small"
    assert found.root == planted_data
    assert (found.images, found.texts, found.aligners) == (("planted/eye",), ("planted/ear",), ("ridge",))
    assert (found.recycle, found.pairs, found.control, found.seeds) == ((True,), (0,), ("none",), (0, 1, 2))


def test_where_data_sets_are(recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = recipe(root="'../there'")
    assert read_recipe(path).root == path.parent / "../there"
    monkeypatch.setenv("HEADWORD_DATA", str(tmp_path / "mine"))
    assert read_recipe(path).root == tmp_path / "mine"
    assert read_recipe(path, root=tmp_path / "typed").root == tmp_path / "typed"


def test_flags_take_the_place_of_keys(recipe: Callable[..., Path]) -> None:
    tables = "[parameters.ridge]\nalpha = 0.5\n[parameters.weak]\naligner = 'ridge'"
    found = read_recipe(recipe(tables, aligners="['ridge', 'weak']"), {"aligners": ["csa", "ridge"], "seeds": [7]})
    assert found.aligners == ("csa", "ridge")
    assert found.parameters == {"ridge": {"alpha": 0.5}}, "a table of an aligner that is left out is no error"
    assert found.seeds == (7,)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ({"aligner": "'csa'"}, r"'aligner', which is unknown[\s\S]*did you mean 'aligners'\?"),
        ({"images": ""}, r"no 'images'[\s\S]*images = \["),
        ({"tasks": ""}, "no 'tasks'"),
        ({"seeds": "'one'"}, r"seeds[\s\S]*'one'[\s\S]*give a whole number"),
        ({"seeds": "[-1]"}, "seeds"),
        ({"pairs": "true", "pair_data": "'captioned'"}, r"pairs[\s\S]*True[\s\S]*give a number of pictures"),
        ({"recycle": "1"}, "give true or false"),
        ({"images": "[]"}, r"images[\s\S]*an empty list"),
        ({"pairs": "[0, 5]"}, "no data to draw them from"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', adapt = 1 }]"}, r"adapt[\s\S]*1[\s\S]*true, false or a name"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', adapt = [false, 'carefull'] }]"}, "did you mean 'careful'"),
        ({"tasks": "[{ task = 'retrieval', data = 'captioned', adapt = 'careful' }]"}, "names are csls, softmax"),
        ({"tasks": "[{ task = 'generalised', data = 'new', adapt = true }]"}, "'adapt', which is unknown"),
        ({"control": "'permutted'"}, r"'permutted'[\s\S]*did you mean 'permuted'\?"),
        ({"mix": "'brige'"}, r"did you mean 'bridge'\?"),
        ({"weight_ratio": "1"}, "give a share"),
        ({"weight_ratio": "[0.5, 1.5]"}, r"1\.5[\s\S]*between 0 and 1"),
        ({"tasks": "'zero-shot'"}, "list of tables"),
        ({"tasks": "[{ task = 'zeroshot', data = 'new' }]"}, r"did you mean 'zero-shot'\?"),
        ({"tasks": "[{ task = 'zero-shot' }]"}, "no 'data'"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', template = 'x' }]"}, r"did you mean 'templates'\?"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', train = 'x' }]"}, "'train', which is unknown"),
        ({"tasks": "[{ task = 'retrieval', data = 'new', definitions = 'x' }]"}, "'definitions', which is unknown"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', classes = 'hidden' }]"}, "add hide = 200"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', classes = 'new' }]"}, "give 'all' or 'hidden'"),
        ({"tasks": "[{ task = 'retrieval', data = 'new', classes = 'hidden' }]", "hide": "9"}, r"'hidden'[\s\S]*'all'"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', templates = 'a {}' }]"}, "give a list of texts"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', templates = [] }]"}, "an empty list"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', templates = ['a {}', 3] }]"}, r"3[\s\S]*where the name goes"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', split = 3 }]"}, r"split[\s\S]*3[\s\S]*give a text"),
        ({"tasks": "[{ task = 'retrieval', data = 'new', ks = 'all' }]"}, "give a number of places"),
        ({"tasks": "[{ task = 'retrieval', data = 'new', ks = [1, 0] }]"}, "give a number of places, 1 or more"),
        ({"tasks": "[{ task = 'few-shot', data = 'new', holdout = 0.5, shots = 0 }]"}, "1 or more"),
        ({"tasks": "[{ task = 'few-shot', data = 'new' }]"}, r"no pictures to learn from[\s\S]*holdout = 0\.5"),
        ({"tasks": "[{ task = 'few-shot', data = 'new', probe = 'rigde' }]"}, r"did you mean 'ridge'\?"),
        ({"tasks": "[{ task = 'few-shot', data = 'new', shots = ['1'] }]"}, "give a number of pictures a class"),
        ({"tasks": "[{ task = 'few-shot', data = 'new', holdout = 1.0 }]"}, "give a share between 0 and 1"),
        ({"tasks": "[{ task = 'few-shot', data = 'new', holdout = 0.5, train = 'x' }]"}, "the one or the other"),
        ({"tasks": "[{ task = 'zero-shot', data = 'new', holdout = 0.5 }]"}, "'holdout', which is unknown"),
        ({"parameters": "{ ridge = { alhpa = 1.0 } }"}, r"parameters of ridge[\s\S]*'alhpa'"),
        ({"parameters": "{ csa = { alpha = 1.0 } }"}, "the aligners of the recipe are ridge"),
        ({"parameters": "3"}, "a table for each aligner"),
    ],
)
def test_what_is_wrong_is_told(recipe: Callable[..., Path], lines: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_recipe(recipe(**lines))


def test_files_that_are_no_recipes(recipe: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_recipe(tmp_path / "absent.toml")
    with pytest.raises(InputError, match=r"a directory|denied"):
        read_recipe(tmp_path)
    with pytest.raises(InputError, match=r"not TOML[\s\S]*line"):
        read_recipe(recipe("= 3"))
    with pytest.raises(UnknownName, match=r"did you mean 'ridge'\?"):
        read_recipe(recipe(aligners="'rigde'"))


def test_seeds_are_runs_only_where_something_is_drawn(recipe: Callable[..., Path]) -> None:
    assert [run.seed for run in plan(read_recipe(recipe()))] == [None]
    drawn = plan(read_recipe(recipe(control="['none', 'permuted']")))
    assert [(run.fit.control, run.seed) for run in drawn] == [
        ("none", None),
        ("permuted", 0),
        ("permuted", 1),
        ("permuted", 2),
    ]
    few = "[{ task = 'few-shot', data = 'new', train = 'new', shots = [1, 2], probe = 'ridge' }]"
    runs = plan(read_recipe(recipe(tasks=few)))
    assert [(run.fit.seed, run.seed, run.spec.options["shots"]) for run in runs] == [
        (None, seed, shots) for seed in (0, 1, 2) for shots in (1, 2)
    ]
    usual = plan(read_recipe(recipe(tasks="[{ task = 'few-shot', data = 'new', train = 'new' }]", seeds="0")))
    assert [run.spec.options["shots"] for run in usual] == [1, 2, 4, 8, 16], "each number is a run of its own"


def test_a_mark_at_the_beginning_of_the_file_is_no_content(recipe: Callable[..., Path]) -> None:
    path = recipe()
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert read_recipe(path).aligners == ("ridge",)


def test_what_an_aligner_draws_is_drawn_by_the_seed(recipe: Callable[..., Path]) -> None:
    assert len(plan(read_recipe(recipe(aligners="'mlp'")))) == 3
    fixed = read_recipe(recipe("[parameters.mlp]\nseed = 42\nepochs = 3", aligners="'mlp'"))
    (run,) = plan(fixed)
    assert (run.fit.kind, dict(run.fit.parameters), run.seed) == ("mlp", {"seed": 42, "epochs": 3}, None)


def test_one_aligner_in_two_settings(recipe: Callable[..., Path]) -> None:
    table = "[parameters.weak]\naligner = 'ridge'\nalpha = 0.01"
    runs = plan(read_recipe(recipe(table, aligners="['ridge', 'weak']")))
    assert [(run.fit.aligner, run.fit.kind, dict(run.fit.parameters)) for run in runs] == [
        ("ridge", "ridge", {}),
        ("weak", "ridge", {"alpha": 0.01}),
    ]


def test_every_combination_that_makes_sense_once(recipe: Callable[..., Path]) -> None:
    runs = plan(read_recipe(recipe(PAIRS, recycle="[true, false]", control="['none', 'permuted']", seeds="0")))
    found = [(run.fit.recycle, run.fit.pairs, run.fit.control) for run in runs]
    assert found == [
        (True, 0, "none"),
        (True, 0, "permuted"),
        (True, 10, "none"),
        (True, 10, "permuted"),
        (True, 20, "none"),
        (True, 20, "permuted"),
        (False, 10, "none"),
        (False, 20, "none"),
    ], "nothing to learn from is left out, and without rows there is no control of them"
    assert len({run.key for run in runs}) == len(runs)
    assert [run.fit.mix for run in runs] == [None, None, *["bridge"] * 6]


def test_a_key_changes_with_all_that_decides(recipe: Callable[..., Path]) -> None:
    changes: list[dict[str, str]] = [
        {},
        {"images": "'planted/other'"},
        {"texts": "'planted/other'"},
        {"aligners": "'csa'"},
        {"definitions": "'auto'"},
        {"tasks": "[{ task = 'zero-shot', data = 'old' }]"},
        {"tasks": "[{ task = 'zero-shot', data = 'new', split = 'test' }]"},
        {"tasks": "[{ task = 'zero-shot', data = 'new', templates = ['{}'] }]"},
        {"parameters": "{ ridge = { alpha = 0.5 } }"},
        {"labels": "'words.txt'"},
        {"control": "'gaussian'", "seeds": "0"},
        {"control": "'gaussian'", "seeds": "1"},
    ]
    keys = [plan(read_recipe(recipe(**each)))[0].key for each in changes]
    assert len(set(keys)) == len(changes)
    assert plan(read_recipe(recipe()))[0].key == keys[0]


def test_a_key_changes_with_the_version_but_not_with_each_commit(
    recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(version: str) -> str:
        monkeypatch.setattr(sys.modules["headword.bench.plan"], "__version__", version)
        return plan(read_recipe(recipe()))[0].key

    assert key("9.9.10.dev1") == key("9.9.10.dev20")
    assert len({key(each) for each in ("9.9.9", "9.9.10.dev1", "9.9.10")}) == 3


def test_the_recipes_of_the_repository() -> None:
    """Every recipe can be read and planned; encoders that are not installed are not asked for."""
    folder = Path(__file__).parents[2] / "recipes"
    found = {path.stem: len(plan(read_recipe(path))) for path in sorted(folder.glob("*.toml"))}
    assert len(found) >= 8
    assert all(runs > 0 for runs in found.values())
