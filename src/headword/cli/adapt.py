"""`headword adapt`: a model that learns from a folder of unlabelled pictures, saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from headword.cli import _options as options
from headword.cli._common import Outcome, bars, command_line, program, unread, verb
from headword.cli._inputs import adapter_of, check_output, find_sources, gather_labels, open_model
from headword.cli._options import option
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.encoders import Embedded
    from headword.model.aligned import AlignedModel

Search = Annotated[
    bool | None,
    option("--search/--no-search", "Learn which pictures score high with any text, too; default without labels."),
]


@verb("headword adapt lite0 holiday/ -o lite0-holiday --labels 'a lighthouse, a vineyard, my bicycle'")
def run(
    model: options.OpenModel,
    images: options.Images,
    output: options.NewModel,
    label: options.LabelList = None,
    labels: options.LabelRow = None,
    labels_file: options.LabelFile = None,
    method: options.Method = None,
    search: Search = None,
    strict: options.Strict = False,
    definitions: options.DefinitionSource = "auto",
    text: options.OwnText = None,
    device: options.Device = "auto",
) -> Outcome:
    """Let a model learn from unlabelled pictures, and save it.

    It learns for the labels you give; ask for any of them later, of these pictures or of others like them. Without
    labels it learns where the pictures lie, and which of them come up whatever is searched for. The saved model keeps
    the one it was made from: adapt it again, and it starts from there.
    """
    check_output(output)
    adapter = adapter_of(method)
    if method and not (label or labels or labels_file):
        raise InputError(f"--method {method}", "no labels to adapt for", "pass --labels, or leave --method out")
    names = gather_labels(label, labels, labels_file) if label or labels or labels_file else None
    from headword.prompts.queries import query_labels
    from headword.report import bad_lines

    if names is not None:
        query_labels(names, definitions)
    find_sources(images, "pictures to adapt to")
    loaded = open_model(model, text, definitions, device)
    embedded = loaded.image_encoder.embed(images, strict=strict, show_progress=bars())
    bad = bad_lines(embedded.bad)
    if not embedded.ids:
        raise InputError("pictures to adapt to", "; ".join(bad), "check the files")
    adapted = loaded.adapt(embedded.vectors, names, method=adapter, definitions=definitions, bank=search)
    adapted.save_pretrained(output)
    return _outcome(adapted, embedded, str(output), images[0], bad)


def _outcome(adapted: AlignedModel, embedded: Embedded, output: str, first: str, bad: list[str]) -> Outcome:
    from headword.report import model_row, provenance

    row = model_row(adapted)
    summary = adapted.adaptation.summary if adapted.adaptation else ""
    document = {
        "mode": adapted.mode,
        "adaptation": row.pop("adaptation"),
        "model": row,
        "saved": output,
        "bad_images": [{"id": each.id, "reason": each.reason, "position": each.position} for each in embedded.bad],
        "provenance": provenance(command_line()),
    }
    view = f"{summary}\nmodel: {output}\nnext:  {program()} classify {output} {first} …"
    return Outcome(document, [view], unread(bad, len(bad) + len(embedded.ids)), bool(bad))
