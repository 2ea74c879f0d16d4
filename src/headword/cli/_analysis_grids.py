"""A study as grids, with N, chance and the null beside every figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headword.report.grid import Grid

if TYPE_CHECKING:
    from headword.analysis import MeansCurve, Naming, Neighbourhood, Null, Similarity, Study
    from headword.analysis.cosine_head import CosineHead
    from headword.analysis.parts import Hubs, KindsGap
    from headword.model.validation import HeldOut

__all__ = ["MOST", "held_out", "null", "study_grids"]

MOST = 20
"""Rows of a head that are named; a file has them all."""

NEIGHBOURHOODS, NAMED = 5, 4
"""Neighbourhoods from either end, and of each so many neighbours."""


def null(found: Null) -> str:
    """Mean and spread of a null."""
    return f"{found.mean:.3f} ± {found.sd:.3f}"


def held_out(found: HeldOut) -> str:
    """Share of held-out classes found first."""
    return f"{100 * found.top1:.1f} % ± {100 * found.top1_sd:.1f}"


def study_grids(found: Study) -> list[Grid]:
    """A grid for each part that was measured."""
    grids = [_similarities((*found.neighbours, *found.cka))] if found.neighbours or found.cka else []
    if found.neighbourhoods:
        grids += _neighbourhoods(found.neighbourhoods)
    if found.gap:
        grids.append(_gaps(found.gap))
    if found.hubness:
        grids.append(_hubs(found.hubness))
    if found.names:
        grids.append(_names(found.names))
    if found.image_means:
        grids.append(_means(found.image_means))
    if found.cosine_head:
        grids.append(_cosine(found.cosine_head))
    return grids


def _similarities(found: Sequence[Similarity]) -> Grid:
    rows = [
        (
            each.measure,
            "" if each.k is None else str(each.k),
            f"{each.n:,}",
            f"{each.value:.3f}",
            "–" if each.chance is None else f"{each.chance:.3f}",
            null(each.null),
            _p(each.null),
        )
        for each in found
    ]
    header = ("measure", "k", "N", "value", "chance", "null", "p")
    return Grid(
        f"Prototypes and names, each in its own space (null: {found[0].null.permutations} permutations of the names)",
        header,
        tuple(rows),
        range(1, len(header)),
    )


def _neighbourhoods(found: Sequence[Neighbourhood]) -> list[Grid]:
    shown = min(NEIGHBOURHOODS, len(found) // 2)
    header = ("class", "agreement", "near in both", "near as prototypes only", "near as names only")
    return [
        Grid(title, header, tuple(map(_neighbourhood, part)), (1,))
        for title, part in (
            (f"Neighbours that agree best ({shown} of {len(found):,})", found[:shown]),
            (f"Neighbours that agree least ({shown} of {len(found):,})", found[-shown:]),
        )
    ]


def _neighbourhood(each: Neighbourhood) -> tuple[str, ...]:
    cells = (", ".join(names[:NAMED]) or "–" for names in (each.shared, each.only_a, each.only_b))
    return each.name, f"{100 * each.agreement:.0f} %", *cells


def _gaps(found: Sequence[KindsGap]) -> Grid:
    rows = []
    for each in found:
        sampled = zip(each.gap.rows, each.rows_of, strict=True)
        sizes = " + ".join(f"{n:,}" if n == of else f"{n:,} of {of:,}" for n, of in sampled)
        for at in (each.gap.raw, each.gap.unit, each.gap.centred):
            rows.append((
                " and ".join(each.kinds),
                sizes,
                at.stage,
                f"{at.distance:.3f}",
                null(at.distance_null),
                _p(at.distance_null),
                f"{100 * at.separability:.1f} %",
                f"{100 * at.separability_null.mean:.1f} ± {100 * at.separability_null.sd:.1f}",
                f"{100 * at.own_kind:.0f} % ({100 * at.own_kind_chance:.0f})",
                "–" if at.alignment is None else f"{at.alignment:.2f} ({at.alignment_chance:.2f})",
                "–" if at.uniformity is None else " / ".join(f"{value:.2f}" for value in at.uniformity),
            ))  # fmt: skip
    header = (
        "kinds", "N", "rows", "distance", "shuffled", "p", "told apart", "shuffled", f"own kind, k = {found[0].gap.k}",
        "alignment", "uniformity",
    )  # fmt: skip
    first = found[0].gap.raw.distance_null
    title = (
        f"Modality gap ({first.permutations:,} permutations; in brackets what chance gives; told apart: chance 50 %)"
    )
    return Grid(title, header, tuple(rows), range(3, len(header)))


def _hubs(found: Sequence[Hubs]) -> Grid:
    rows = tuple(
        (
            f"{each.kind} of {each.of}",
            f"{each.hubness.n:,}",
            f"{each.hubness.queries:,}",
            f"{each.hubness.skewness:.2f}",
            f"{each.hubness.skewness_null.mean:.2f} ± {each.hubness.skewness_null.sd:.2f}",
            _p(each.hubness.skewness_null),
            f"{100 * each.hubness.anti_hubs:.1f} %",
            f"{100 * each.hubness.anti_hubs_null.mean:.2g} %",
            ", ".join(f"{name} ({n:,})" for name, n in zip(each.names[:3], each.hubness.occurrences, strict=False)),
        )
        for each in found
    )
    header = ("neighbours", "N", "of", "skewness", "at random", "p", "nobody's", "at random", "everybody's")
    return Grid(f"Hubs: how often a row is among the {found[0].hubness.k} nearest", header, rows, range(1, 8))


def _names(found: Naming) -> Grid:
    rows = tuple(
        (f"{each.row:,}", each.name, f"{each.suspicion:.2f}", f"{each.name_rank:,}", ", ".join(each.looks_like))
        for each in found.rows[:MOST]
    )
    separation = f"separation {found.separation:.3f}, chance 0.5"
    title = f"Rows most suspected of a wrong name ({len(rows)} of N = {found.classes:,}; {separation})"
    return Grid(title, ("row", "name", "suspicion", "its own name's place", "looks like"), rows, (0, 2, 3))


def _means(found: MeansCurve) -> Grid:
    exact = found.prototypes
    of = f"{found.classes:,}", f"{exact.n:,}"
    first = (
        "prototypes", *of, f"{exact.value:.3f}", f"{exact.chance:.3f}", null(exact.null), _p(exact.null), "",
    )  # fmt: skip
    means = [
        (f"mean of {each.images}", *of, f"{each.mean:.3f} ± {each.sd:.3f}", "", "", "", str(each.gain))
        for each in found.points
    ]
    header = ("rows", "classes", "N", "mutual k-NN", "chance", "null", "p", "prototypes less these")
    title = f"How many pictures is a prototype worth? (with names, k = {found.k}; ± sd over {found.draws} draws)"
    return Grid(title, header, (first, *means), range(1, len(header)))


def _cosine(found: CosineHead) -> Grid:
    cells = tuple(f"{100 * each:.1f} %" for each in (found.linear, found.without_bias, found.cosine))
    loss = f"{100 * found.loss:.1f} ± {100 * found.loss_error:.1f}"
    row = (f"{found.n:,}", f"{found.classes:,}", *cells, loss, f"{100 * found.chance:.2g} %")
    header = ("N", "classes", "linear head", "without bias", "cosine head", "points lost (± se)", "chance")
    return Grid("Cosine head: pictures by the angle to prototypes alone", header, (row,), range(len(header)))


def _p(found: Null) -> str:
    return f"{found.p:.2g}"
