"""Labels that were passed on are found, in a world where names tell something and where they tell nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import headword as hw
from analysis.clouds import rows
from headword.analysis import badly_named
from headword.errors import InputError
from headword.pairs.pairs import Pairs

N, SWAPPED = 200, 8
NAMES = [f"class {i}" for i in range(N)]


def named(noise: float = 0.4, swap: bool = True, texts: int = 1) -> tuple[Pairs, np.ndarray]:
    """Rows and texts that turn one hidden meaning two ways; some rows pass their texts on."""
    hidden = rows(N, 6)
    x = hidden @ rows(6, 20, 1) + noise * rows(N, 20, 2) + 1
    group = np.repeat(np.arange(N), texts)
    y = hidden[group] @ rows(6, 16, 3) + noise * rows(N * texts, 16, 4) - 1
    chosen = np.random.default_rng(5).choice(N, SWAPPED, replace=False)
    order = np.arange(N)
    order[chosen] = np.roll(chosen, 1) if swap else chosen
    weight = np.full(len(y), 1 / texts, dtype=np.float32)
    x = x[order].astype(np.float32)
    pairs = Pairs(x[group], y.astype(np.float32), weight, ("head",) * len(y), group, np.ones(len(y), dtype=bool))
    return pairs, chosen


@pytest.mark.parametrize("texts", [1, 3])
def test_finds_labels_that_were_passed_on(texts):
    pairs, chosen = named(texts=texts)
    found = badly_named(pairs, NAMES)
    assert {each.row for each in found.rows[: 2 * SWAPPED]} >= set(chosen.tolist())
    assert found.separation > 0.95
    by_row = {each.row: each for each in found.rows}
    assert min(by_row[row].suspicion for row in chosen) > 0.5
    assert np.median([each.suspicion for each in found.rows]) < 0.1


def test_says_what_a_row_looks_like():
    pairs, chosen = named(noise=0.2)
    by_row = {each.row: each for each in badly_named(pairs, NAMES, suggestions=5).rows}
    # The row at each chosen place is that of the one before it in the ring, and so is its true name.
    true = dict(zip(chosen.tolist(), np.roll(chosen, 1).tolist(), strict=True))
    assert sum(NAMES[true[row]] in by_row[row].looks_like for row in true) >= SWAPPED - 2
    assert all(each.name not in each.looks_like and len(each.looks_like) == 5 for each in by_row.values())
    right = [row for row in range(N) if row not in true]
    assert np.median([by_row[row].name_rank for row in right]) <= 3
    assert min(by_row[row].name_rank for row in true) > 10


def test_names_that_tell_nothing_separate_nothing():
    pairs, chosen = named()
    x = rows(N, 20, 8)
    found = badly_named(replace(pairs, x=x[pairs.group]), NAMES)
    assert found.separation < 0.65
    assert len({each.row for each in found.rows[: 2 * SWAPPED]} & set(chosen.tolist())) <= 4


def test_order_places_and_json():
    found = badly_named(named()[0], NAMES)
    assert [each.place for each in found.rows] == list(range(1, N + 1))
    assert sorted(each.row for each in found.rows) == list(range(N))
    assert all(a.suspicion >= b.suspicion for a, b in zip(found.rows, found.rows[1:], strict=False))
    assert all(each.name == NAMES[each.row] for each in found.rows)
    assert json.loads(json.dumps(found.as_dict()))["classes"] == N
    assert badly_named(named()[0], NAMES) == found


def test_blocks_change_nothing(monkeypatch):
    whole = badly_named(named()[0], NAMES)
    monkeypatch.setattr("headword.analysis.naming.BLOCK", 77 * N)
    parts = badly_named(named()[0], NAMES)
    assert [each.row for each in parts.rows] == [each.row for each in whole.rows]
    assert [each.looks_like for each in parts.rows] == [each.looks_like for each in whole.rows]


def test_one_name_for_two_rows_is_no_accident():
    pairs, _ = named(swap=False)
    y = pairs.y.copy()
    y[3] = y[7]  # "crane" stands twice among ImageNet's names
    found = badly_named(replace(pairs, y=y), NAMES)
    assert min(each.place for each in found.rows if each.row in (3, 7)) == 1


def test_reads_pairs_of_a_head(planted):
    head = hw.load_image_encoder("planted/eye").head()
    pairs = Pairs.from_head(head, hw.load_text_encoder("planted/ear"), definitions={})
    found = badly_named(pairs, head.labels.names)
    assert found.classes == planted.CLASSES
    assert found.separation > 0.85


def test_says_what_is_wrong():
    pairs, _ = named()
    with pytest.raises(InputError, match="199 names"):
        badly_named(pairs, NAMES[1:])
    with pytest.raises(InputError, match="49 classes, too few"):
        badly_named(pairs.take(range(49)), NAMES[:49])
    assert badly_named(pairs.take(range(50)), NAMES[:50]).classes == 50
