"""Compare aligners on a classifier's head, without a picture.

    python examples/compare_aligners.py
    python examples/compare_aligners.py timm/resnet50.a1_in1k

Classes are hidden from the fit and looked for by name among the hidden ones; the same with the names dealt to the wrong
classes shows what chance is. Prints a Markdown table.
"""

from __future__ import annotations

import sys

import headword as hw
from headword.model.validation import held_out_classes
from headword.report import held_out_grid


def main(encoder: str = "bundled/efficientnet-lite0") -> None:
    """Validates three aligners, one of them with a parameter set by hand."""
    head = hw.load_image_encoder(encoder).head()
    pairs = hw.Pairs.from_head(head, hw.load_text_encoder("bundled/all-minilm-l6-v2"))
    found = []
    for name, aligner in {
        "procrustes": hw.aligners.Procrustes(),
        "ridge": hw.aligners.Ridge(),
        "ridge, alpha 100": hw.aligners.Ridge(alpha=100.0),
    }.items():
        found.append((name, held_out_classes(aligner, pairs)))
        found.append((f"{name}, permuted", held_out_classes(aligner, pairs.permuted(seed=0))))
    print(held_out_grid(found).as_markdown())


if __name__ == "__main__":
    main(*sys.argv[1:])
