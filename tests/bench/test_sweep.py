from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headword.bench import Fit, Workbench, plan, read_recipe, read_row
from headword.bench.fitting import aligner_of, fit_model, only_classes, sample_images, split_classes
from headword.cache.embeddings import EmbeddingCache
from headword.datasets import Captioned, Labelled, load
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.model.alignment import align_pairs
from headword.pairs.from_datasets import image_pairs
from headword.pairs.pairs import Pairs
from headword.report.tables import figures_grid, overview_grid, rows_csv, shown, summarise_runs, sweep_markdown

TASKS = "[{ task = 'zero-shot', data = 'new' }, { task = 'retrieval', data = 'captioned', ks = [1] }]"


def head_of(planted: ModuleType) -> Pairs:
    return Pairs.from_head(planted.Eye().head(), planted.Ear(), definitions=None)


def test_a_sweep_end_to_end(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path, counted: type
) -> None:
    path = recipe(tasks=TASKS, aligners="['ridge', 'csa']", control="['none', 'permuted']", seeds="[0, 1]")
    done = run_sweep(path, command="headword bench small.toml")
    runs = plan(read_recipe(path))
    assert (len(done.rows), done.new, done.failed) == (len(runs), 12, 0)
    assert sorted(each.stem for each in (tmp_path / "out" / "runs").iterdir()) == sorted(run.key for run in runs)
    assert counted.images == 40 + 40, "twelve runs, each picture encoded once"

    row = json.loads((tmp_path / "out" / "runs" / f"{runs[0].key}.json").read_text(encoding="utf-8"))
    assert row["schema"] == 1
    assert row["settings"]["aligner"] == "ridge"
    assert row["made_of"].keys() == {"image_encoder", "text_encoder", "data"}
    assert row["model"]["image_encoder"]["fingerprint"] == row["made_of"]["image_encoder"]
    assert row["result"]["settings"]["split_hash"] == row["made_of"]["data"]
    assert row["result"]["settings"]["templates"]
    assert row["result"]["n"] == 40
    assert row["result"]["chance"]["top1"] == 1 / 8
    assert row["result"]["metrics"]["top1"] > 0.8
    assert row["provenance"]["command"] == "headword bench small.toml"
    assert row["provenance"]["packages"]["numpy"] == np.__version__
    assert 0 <= row["fit_seconds"] <= row["seconds"]
    assert row["learnt_from"]["pairs"] >= 150
    assert "values" not in row["result"]

    found = {(each["settings"]["aligner"], each["settings"]["control"], each["settings"]["task"]) for each in done.rows}
    assert len(found) == 8
    permuted = [
        row["result"]["metrics"]["top1"]
        for row in done.rows
        if (row["settings"]["control"], row["settings"]["task"]) == ("permuted", "zero-shot")
    ]
    assert np.mean(permuted) < 0.4


def test_a_finished_run_is_not_repeated(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path
) -> None:
    path = recipe(tasks=TASKS)
    first = run_sweep(path)
    again = run_sweep(path)
    assert (first.new, again.new) == (2, 0)
    assert again.rows == first.rows
    more = run_sweep(recipe(tasks=TASKS, aligners="['ridge', 'procrustes']"))
    assert more.new == 2
    lost, *_ = sorted((tmp_path / "out" / "runs").iterdir())
    lost.write_text("{ half a row", encoding="utf-8")
    assert run_sweep(recipe(tasks=TASKS, aligners="['ridge', 'procrustes']")).new == 1


def test_outcomes_that_are_asked_for_later_are_made_then(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any]
) -> None:
    assert "values" not in run_sweep(recipe()).rows[0]["result"]
    later = run_sweep(recipe(values="true"))
    assert later.new == 1
    assert len(later.rows[0]["result"]["values"]["top1"]) == 40
    assert [run_sweep(recipe(values=each)).new for each in ("true", "false")] == [0, 0]


def test_a_set_of_one_picture_has_figures_without_spread(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path, planted_data: Path, planted: ModuleType
) -> None:
    word = planted.NEW_WORDS[0]
    (tmp_path / "one" / word).mkdir(parents=True)
    shutil.copy(planted_data / "new" / word / "0.png", tmp_path / "one" / word)
    path = recipe(root=f"'{tmp_path}'", tasks="[{ task = 'zero-shot', data = 'one' }]")
    first, again = run_sweep(path), run_sweep(path)
    assert first.failed == 0
    assert first.rows == again.rows, "rows just made are those that are read again"
    (line,) = csv.DictReader(io.StringIO(rows_csv(again.rows)))
    assert "top1 se" not in line
    assert "nan" not in sweep_markdown("one", first.rows)


def test_a_sweep_that_is_stopped_goes_on_where_it_was(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recipe(tasks=TASKS, aligners="['ridge', 'csa', 'procrustes']")
    inner, calls = Workbench.evaluate, []

    def stopped(self: Workbench, run: Any) -> Any:
        calls.append(run)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return inner(self, run)

    monkeypatch.setattr(Workbench, "evaluate", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(path)
    assert len(list((tmp_path / "out" / "runs").iterdir())) == 3
    monkeypatch.setattr(Workbench, "evaluate", inner)
    assert run_sweep(path).new == 3


def test_other_weights_or_other_data_are_another_run(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], planted: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recipe()
    run_sweep(path)
    before = planted.Eye.__init__

    def trained(self: Any, name: str = "eye", **options: Any) -> None:
        before(self, "trained", **options)

    monkeypatch.setattr(planted.Eye, "__init__", trained)
    assert run_sweep(path).new == 1, "under the same name, another fingerprint"


def test_an_error_is_a_row_and_the_sweep_goes_on(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    each = (
        "task = 'zero-shot', data = './absent'",
        "task = 'retrieval', data = 'new'",
        "task = 'zero-shot', data = 'new'",
    )
    tasks = f"[{', '.join(f'{{ {one} }}' for one in each)}]"
    done = run_sweep(recipe(tasks=tasks))
    assert (len(done.rows), done.failed) == (3, 2)
    absent, wrong, good = done.rows
    assert absent["error"]["kind"] == "InputError"
    assert "no such file or folder" in absent["error"]["found"]
    assert wrong["error"]["found"] == "pictures with classes"
    assert good["result"]["n"] == 40
    assert "retrieval" in caplog.text
    assert run_sweep(recipe(tasks=tasks)).new == 2, "what failed is tried again"
    page = sweep_markdown("small", done.rows)
    assert "2 of 3 runs ended in an error" in page
    assert "no such file or folder" in page
    lines = list(csv.DictReader(io.StringIO(rows_csv(done.rows))))
    assert [bool(each["error"]) for each in lines] == [True, True, False]


def test_a_fault_that_is_not_headwords_stops_the_sweep(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Workbench, run: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Workbench, "evaluate", broken)
    with pytest.raises(ZeroDivisionError):
        run_sweep(recipe())


def test_what_cannot_be_checked_is_kept(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path
) -> None:

    (tmp_path / "mine").mkdir()
    from_here = recipe()
    root = read_recipe(from_here).root
    shutil.copytree(root / "new", tmp_path / "mine" / "new")
    path = recipe(root=f"'{tmp_path / 'mine'}'")
    first = run_sweep(path)
    shutil.rmtree(tmp_path / "mine" / "new")
    again = run_sweep(path)
    assert (again.new, again.rows) == (0, first.rows)


def test_pairs_with_and_without_rows(recipe: Callable[..., Path], run_sweep: Callable[..., Any]) -> None:
    more = "pair_data = 'captioned'\npairs = [0, 10, 40]\nrecycle = [true, false]"
    done = run_sweep(recipe(more, seeds="[0, 1]", values="true"))
    assert done.failed == 0
    learnt = {(row["settings"]["recycle"], row["settings"]["pairs"]): row["learnt_from"]["pairs"] for row in done.rows}
    head = learnt[True, 0]
    assert learnt == {
        (True, 0): head,
        (True, 10): head + 20,
        (True, 40): head + 80,
        (False, 10): 20,
        (False, 40): 80,
    }
    assert all("values" in row["result"] for row in done.rows)
    top1 = {
        (each.setting["recycle"], each.setting["pairs"]): each.mean
        for each in summarise_runs(done.rows)
        if each.metric == "top1"
    }
    assert top1[True, 0] > 0.8
    assert top1[False, 40] > 0.5


def test_pictures_that_were_learnt_from_are_not_judged(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], planted_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(planted_data / "captioned", tmp_path / "both" / "copy")
    shutil.copytree(planted_data / "captioned", tmp_path / "both" / "said")
    for learnt in ("said", "copy"):
        more = f"pair_data = '{learnt}'\npairs = 10"
        tasks = "[{ task = 'retrieval', data = 'said' }]"
        (row,) = run_sweep(recipe(more, root=f"'{tmp_path / 'both'}'", tasks=tasks, seeds="0")).rows
        assert "40 of 40 are" in row["error"]["found"], learnt


def test_hidden_classes_are_judged_among_themselves(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path, planted: ModuleType
) -> None:
    for word in planted.WORDS:
        folder = tmp_path / "old" / word
        folder.mkdir(parents=True)
        Image.fromarray(planted.picture(word)).save(folder / "0.png")
    tasks = "[{ task = 'zero-shot', data = 'old', classes = 'hidden' }]"
    done = run_sweep(recipe("hide = 30", root=f"'{tmp_path}'", tasks=tasks, seeds="[0, 1]"))
    assert done.failed == 0, done.rows
    for row in done.rows:
        assert row["result"]["n"] == 30
        assert row["result"]["chance"]["top1"] == 1 / 30
        assert row["result"]["metrics"]["top1"] > 0.3
        assert row["learnt_from"]["hidden_classes"] == 30
    assert done.rows[0]["result"]["settings"]["split_hash"] != done.rows[1]["result"]["settings"]["split_hash"]


def test_known_and_new_names_compete_after_calibration(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path, planted: ModuleType
) -> None:
    for word in planted.WORDS:
        folder = tmp_path / "old" / word
        folder.mkdir(parents=True)
        Image.fromarray(planted.picture(word)).save(folder / "0.png")
    tasks = "[{ task = 'generalised', data = 'old' }]"
    done = run_sweep(recipe("hide = 40", root=f"'{tmp_path}'", tasks=tasks, seeds="0"))
    assert done.failed == 0, done.rows
    (row,) = done.rows
    assert "calibrated" in str(row["result"]["settings"]["scores"])
    assert (row["result"]["settings"]["known_classes"], row["result"]["settings"]["new_classes"]) == (110, 40)
    assert row["result"]["metrics"]["harmonic_mean"] > 0.3
    assert row["result"]["chance"]["harmonic_mean"] == 1 / 150
    nothing = run_sweep(recipe(root=f"'{tmp_path}'", tasks=tasks))
    assert nothing.failed == 1, "with no class hidden there is no new one"


def test_classes_are_split_as_the_protocol_says() -> None:
    seen, hidden = split_classes(1000, 200, 3)
    order = np.random.RandomState(3).permutation(1000)
    np.testing.assert_array_equal(seen, order[:800])
    np.testing.assert_array_equal(hidden, order[800:])
    np.testing.assert_array_equal(split_classes(5, 0, 0)[0], np.arange(5))
    with pytest.raises(InputError, match="hide fewer"):
        split_classes(10, 9, 0)


def test_pictures_of_some_classes() -> None:
    labels = LabelSet.from_names(["a", "b", "c"])
    data = Labelled("set", "all", [b"0", b"1", b"2", b"3"], tuple("wxyz"), np.array([0, 2, 1, 2]), labels)
    part = only_classes(data, [labels.ids[2], labels.ids[0], "not there"])
    assert part.labels.names == ("a", "c")
    assert part.ids == ("w", "x", "z")
    np.testing.assert_array_equal(part.targets, [0, 1, 1])
    with pytest.raises(InputError, match="hidden classes in set"):
        only_classes(data, ["other"])


def test_pictures_are_drawn_with_their_captions_and_nested() -> None:
    image_of = np.array([5, 0, 0, 1, 2, 3, 4, 4, 5])
    captions = tuple(f"{number} again" for number in image_of)
    data = Captioned("said", "all", [b"x"] * 6, tuple("abcdef"), captions, image_of)
    few, many = sample_images(data, 2, 0), sample_images(data, 4, 0)
    assert set(few.ids) < set(many.ids)
    assert (len(few), len(many)) == (2, 4)
    assert sample_images(data, 2, 0).ids == few.ids
    assert len({sample_images(data, 2, seed).ids for seed in range(5)}) > 1
    with pytest.raises(InputError, match="6 in said"):
        sample_images(data, 7, 0)


def test_pictures_of_classes_are_drawn_class_by_class() -> None:
    targets = np.repeat(np.arange(3), 4)
    labels = LabelSet.from_names(["a", "b", "c"])
    data = Labelled("set", "train", [b"x"] * 12, tuple(map(str, range(12))), targets, labels)
    np.testing.assert_array_equal(np.bincount(sample_images(data, 2, 1).targets), [2, 2, 2])
    assert set(sample_images(data, 1, 1).ids) < set(sample_images(data, 2, 1).ids)
    with pytest.raises(InputError, match="fewer than 5"):
        sample_images(data, 5, 1)


def test_a_model_is_what_align_pairs_makes(
    recipe: Callable[..., Path], cache: EmbeddingCache, planted: ModuleType, planted_data: Path
) -> None:
    for mix in ("bridge", "plain"):
        more = f"pair_data = 'captioned'\npairs = 40\nmix = '{mix}'\nweight_ratio = 0.3"
        found = read_recipe(recipe(more, seeds="0"))
        (run,) = plan(found)
        made = Workbench(found.root, cache, show_progress=False).fitted(run.fit).model
        pairs = head_of(planted) + image_pairs(load(planted_data / "captioned"), planted.Eye(), planted.Ear())
        labels = planted.Eye().head().labels
        expected = align_pairs(planted.Eye(), planted.Ear(), pairs, "ridge", labels, mix=mix, weight_ratio=0.3)
        assert (made.bridge is None) == (mix == "plain")
        x, y = planted.Eye().encode([planted.picture("zb")]), planted.Ear().encode(["zb"])
        np.testing.assert_allclose(made.map_image(x), expected.map_image(x), atol=1e-6)
        np.testing.assert_allclose(made.map_text(y), expected.map_text(y), atol=1e-6)
        np.testing.assert_allclose(made.map_prototypes(), expected.map_prototypes(), atol=1e-6)
        np.testing.assert_allclose(made.calibration.background, expected.calibration.background, atol=1e-6)


def test_sequential_mixing_is_what_align_pairs_makes(
    recipe: Callable[..., Path], cache: EmbeddingCache, planted: ModuleType, planted_data: Path
) -> None:
    more = "pair_data = 'captioned'\npairs = 40\nmix = 'sequential'\n[parameters.linear-cosine]\nepochs = 5"
    found = read_recipe(recipe(more, aligners="'linear-cosine'", seeds="0"))
    (run,) = plan(found)
    made = Workbench(found.root, cache, show_progress=False).fitted(run.fit).model
    pairs = head_of(planted) + image_pairs(load(planted_data / "captioned"), planted.Eye(), planted.Ear())
    expected, at_once = (
        align_pairs(planted.Eye(), planted.Ear(), pairs, aligner_of(run.fit), mix=mix)
        for mix in ("sequential", "bridge")
    )
    text = planted.Ear().encode(["zb"])
    np.testing.assert_allclose(made.map_text(text), expected.map_text(text), atol=1e-6)
    assert not np.allclose(made.map_text(text), at_once.map_text(text), atol=1e-2)


def test_a_model_that_is_not_validated_scores_as_one_that_is(planted: ModuleType, planted_data: Path) -> None:
    rows = head_of(planted)
    pictures = image_pairs(load(planted_data / "captioned"), planted.Eye(), planted.Ear())
    for pairs in (rows, pictures, rows + pictures, rows.take(range(6)) + pictures, rows.take(range(6))):
        fit = Fit("eye", "ear", "ridge", "ridge", mix="plain")
        quick, whole = (
            fit_model(planted.Eye(), planted.Ear(), pairs, None, fit, calibrate=each)[0].calibration
            for each in (False, True)
        )
        np.testing.assert_array_equal(quick.background, whole.background)


def test_a_model_is_fitted_at_most_once_for_each_kind_of_task(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrated, inner = [], Workbench._fit

    def counting(self: Workbench, *given: Any, calibrate: bool = False) -> Any:
        calibrated.append(calibrate)
        return inner(self, *given, calibrate=calibrate)

    monkeypatch.setattr(Workbench, "_fit", counting)
    task = "task = 'zero-shot', data = 'new', adapt = [false, 'centre']"
    done = run_sweep(recipe(tasks=f"[{{ {task} }}, {{ {task}, templates = ['a {{}}'] }}]"))
    assert (done.failed, len(done.rows)) == (0, 4)
    assert calibrated == [False, True]


def test_the_seed_reaches_an_aligner_that_draws(planted: ModuleType) -> None:
    fits = [Fit("eye", "ear", "mlp", "mlp", {"epochs": 1}, seed=seed) for seed in (1, 2)]
    assert [aligner_of(each).get_params()["seed"] for each in fits] == [1, 2]
    fixed = Fit("eye", "ear", "mlp", "mlp", {"epochs": 1, "seed": 9}, seed=1)
    assert aligner_of(fixed).get_params()["seed"] == 9
    assert aligner_of(Fit("eye", "ear", "ridge", "ridge", {"alpha": 0.5}, seed=1)).get_params()["alpha"] == 0.5


def test_few_shot_with_and_without_names(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path
) -> None:
    from PIL import Image

    import planted

    for part, seeds in (("train", (20, 21, 22)), ("test", (30, 31))):
        for word in planted.NEW_WORDS[:6]:
            folder = tmp_path / "few" / part / word
            folder.mkdir(parents=True)
            for seed in seeds:
                Image.fromarray(planted.picture(word, seed)).save(folder / f"{seed}.png")
    task = "task = 'few-shot', data = 'few', split = 'test', train_split = 'train', shots = [1, 2]"
    tasks = f"[{{ {task}, recycled = [true, false] }}, {{ {task}, probe = 'names', sequential = true }}]"
    done = run_sweep(recipe(root=f"'{tmp_path}'", tasks=tasks, seeds="[0, 1]"))
    assert done.failed == 0, [row.get("error") for row in done.rows]
    assert len(done.rows) == 2 * (2 * 2 + 2)
    assert {row["result"]["settings"]["sequential"] for row in done.rows} == {True, False}
    figures = [each for each in summarise_runs(done.rows) if each.metric == "few_shot_top1"]
    assert len(figures) == 6
    assert all(each.seeds == 2 and each.mean > 0.5 for each in figures)


def row(top1: float, seed: int | None, aligner: str = "ridge", data: str = "a/pets", **more: Any) -> dict[str, Any]:
    settings = {
        "image_encoder": "eye", "aligner": aligner, "parameters": {}, "pairs": 0, "control": "none",
        "task": "zero-shot", "data": data, "split": None, "classes": "all", "options": {}, "seed": seed,
    }  # fmt: skip
    result = {
        "mode": "inductive", "n": 10, "metrics": {"top1": top1}, "chance": {"top1": 0.1}, "spread": {"top1": 0.02},
    }  # fmt: skip
    found = {"schema": 1, "key": "k", "settings": settings | more, "result": result, "fit_seconds": 0.5, "seconds": 1.0}
    return found


def heard(top1: float, method: str | bool = True, **more: Any) -> dict[str, Any]:
    """A row of a model that listened to the pictures first."""
    found = row(top1, None, options={"adapt": method}, **more)
    found["result"]["mode"] = "adapted on 10 unlabelled pictures"
    return found


def test_figures_over_seeds() -> None:
    rows = [row(0.2, 0), row(0.3, 1), row(0.4, 2), row(0.9, None, "csa")]
    ridge, csa = summarise_runs(rows)
    assert (ridge.mean, ridge.sd, ridge.seeds) == (pytest.approx(0.3), pytest.approx(0.1), 3)
    assert (csa.sd, csa.seeds) == (None, 1)
    assert (shown(ridge), shown(csa)) == ("30.0 ± 10.0", "90.0")
    grid = overview_grid([ridge, csa])
    assert grid.header == ("aligner", "pets", "fit s")
    assert grid.rows == (
        ("chance", "10", ""),
        ("n", "10", ""),
        ("ridge", "30.0 ± 10.0", "0.50"),
        ("csa", "90.0", "0.50"),
    )
    assert figures_grid([ridge, csa]).rows[0] == (
        "ridge", "zero-shot: a/pets", "top1", "30.0 ± 10.0", "2.0", "10", "10", "3", "0.50",
    )  # fmt: skip


def test_the_overview_has_a_mean_over_data_sets_of_one_kind() -> None:
    grid = overview_grid(summarise_runs([row(0.2, None), row(0.4, None, data="b/dtd"), row(0.3, None, "csa")]))
    assert grid.header == ("aligner", "pets", "dtd", "mean", "fit s")
    assert [line[-2] for line in grid.rows] == ["", "", "30.0", ""], "none where a data set is missing"
    same_name = overview_grid(summarise_runs([row(0.2, None), row(0.4, None, data="b/pets")]))
    assert same_name.header[1:3] == ("zero-shot: a/pets", "zero-shot: b/pets")


def test_shots_of_different_pictures_share_no_column() -> None:
    rows = [row(share, None, train="a/pool", train_split=split) for share, split in ((0.2, "train"), (0.4, "val"))]
    grid = overview_grid(summarise_runs(rows))
    assert grid.header[1:3] == (
        "zero-shot: a/pets, shots of a/pool train",
        "zero-shot: a/pets, shots of a/pool val",
    )
    assert grid.rows[-1][1:3] == ("20.0", "40.0")


def test_figures_of_different_modes_share_no_column() -> None:
    plain = [row(0.2, None, options={"adapt": False}), row(0.4, None, data="b/dtd", options={"adapt": False})]
    both = [*plain, heard(0.6), heard(0.8, data="b/dtd")]
    adapted = "adapted on 10 unlabelled pictures"
    grid = overview_grid(summarise_runs(both))
    assert grid.header == (
        "", "pets", "dtd", f"pets, {adapted}", f"dtd, {adapted}", "mean, inductive", "mean, adapted", "fit s",
    )  # fmt: skip
    assert grid.rows[2] == ("the model", "20.0", "40.0", "60.0", "80.0", "30.0", "70.0", "0.50")
    several = overview_grid(summarise_runs([*both, heard(0.7, "centre")]))
    assert several.header[0] == "adapt"
    assert [line[:6] for line in several.rows[2:]] == [
        ("–", "20.0", "40.0", "", "", "30.0"),
        ("default", "", "", "60.0", "80.0", ""),
        ("centre", "", "", "70.0", "", ""),
    ]
    page = sweep_markdown("small", both)
    inductive, told = page.split("## Every figure, adapted on the unlabelled pictures that are judged")
    assert "inductive, each picture judged by itself, where nothing else is said" in inductive
    assert inductive.split("## Every figure")[1].count(adapted) == 0
    assert told.count(f"| zero-shot: a/pets, {adapted} | top1 | 60.0 |") == 1
    lines = list(csv.DictReader(io.StringIO(rows_csv(both))))
    assert [(line["mode"], line["top1"], line["adapted top1"]) for line in lines[1:3]] == [
        ("inductive", "0.4", ""),
        (adapted, "", "0.6"),
    ]


def test_a_sweep_adapts_to_what_it_judges(recipe: Callable[..., Path], run_sweep: Callable[..., Any]) -> None:
    tasks = """[{ task = 'zero-shot', data = 'new', adapt = [false, 'centre'] },
        { task = 'retrieval', data = 'captioned', ks = 1, adapt = [false, true] }]"""
    done = run_sweep(recipe(tasks=tasks.replace("\n", " ")))
    assert done.failed == 0, [row.get("error") for row in done.rows]
    modes = {(row["settings"]["task"], row["settings"]["options"]["adapt"]): row["result"]["mode"] for row in done.rows}
    assert modes == {
        ("zero-shot", False): "inductive",
        ("zero-shot", "centre"): "adapted on 40 unlabelled pictures",
        ("retrieval", False): "inductive",
        ("retrieval", True): "adapted on 40 unlabelled pictures",
    }
    adapted = next(row for row in done.rows if row["settings"]["options"]["adapt"] == "centre")
    assert adapted["result"]["settings"]["adaptation"]["method"] == "centre"
    assert adapted["model"]["validation"], "what pictures teach hangs on probabilities, so that the model has them"


def test_a_page_says_what_all_runs_share() -> None:
    page = sweep_markdown("small", [row(0.2, 0, options={"templates": ["für {}"]}), row(0.3, 1)])
    assert "für {}" in page
    page = sweep_markdown("small", [row(0.2, 0), row(0.3, 1)])
    assert page.startswith("# small\n")
    assert "image encoder eye" in page
    assert "| chance |" in page
    assert "25.0 ± 7.1" in page


def test_a_line_of_csv_has_all_of_a_row() -> None:
    (line,) = csv.DictReader(io.StringIO(rows_csv([row(0.25, 1, options={"ks": [1]})])))
    assert line["top1"] == "0.25"
    assert (line["top1 se"], line["top1 chance"]) == ("0.02", "0.1")
    assert (line["seed"], line["n"], line["ks"], line["schema"]) == ("1", "10", "[1]", "1")
    assert (line["fit_seconds"], line["error"]) == ("0.5", "")


def test_rows_hold_no_numbers_that_json_has_not(tmp_path: Path) -> None:
    from headword.bench import write_row

    write_row(tmp_path / "row.json", {"a": float("nan"), "b": [np.float32(1.5), float("inf")], "c": (np.int64(3),)})
    assert read_row(tmp_path / "row.json") == {"a": None, "b": [1.5, None], "c": [3]}
    assert read_row(tmp_path / "absent.json") is None


def test_encoders_that_cannot_be_loaded_are_asked_for_once(
    recipe: Callable[..., Path], cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from headword.bench import sweep, workbench
    from headword.errors import WeightsUnavailable

    asked: list[str] = []

    def unavailable(name: str, **options: Any) -> Any:
        asked.append(name)
        raise WeightsUnavailable("weights", "no network", "connect")

    monkeypatch.setattr(workbench, "load_image_encoder", unavailable)
    found = read_recipe(recipe(tasks=TASKS, aligners="['ridge', 'csa']"))
    done = sweep(plan(found), tmp_path / "out", Workbench(found.root, cache, show_progress=False), show_progress=False)
    assert (done.failed, asked) == (4, ["planted/eye"])


def test_few_shot_on_a_set_without_splits(recipe: Callable[..., Path], run_sweep: Callable[..., Any]) -> None:
    task = "task = 'few-shot', data = 'new', shots = 2"
    done = run_sweep(recipe(tasks=f"[{{ {task}, holdout = 0.4 }}]", seeds="[0, 1]"))
    assert done.failed == 0, [row.get("error") for row in done.rows]
    one, other = (row["result"] for row in done.rows)
    assert one["n"] == other["n"] == 8 * 2
    assert one["settings"]["split"] == "all, 0.4 held out: test"
    assert done.rows[0]["settings"]["options"]["holdout"] == 0.4
    for key in ("split_hash", "train_hash"):
        assert one["settings"][key] == other["settings"][key], "the cut is the same for every seed"


def test_words_from_another_version_of_a_file_are_another_run(
    recipe: Callable[..., Path], run_sweep: Callable[..., Any], tmp_path: Path, planted: ModuleType
) -> None:
    own = tmp_path / "own.json"
    own.write_text(json.dumps({planted.WORDS[0]: "a thing"}), encoding="utf-8")
    path = recipe(definitions=f"'{own}'")
    assert [run_sweep(path).new, run_sweep(path).new] == [1, 0]
    own.write_text(json.dumps({planted.WORDS[0]: "another thing"}), encoding="utf-8")
    assert run_sweep(path).new == 1
