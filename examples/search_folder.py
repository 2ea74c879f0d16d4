"""Search a folder of pictures by a sentence.

    python examples/search_folder.py my-photos/ "a boat at sunset" "two people talking"

Without arguments it searches scikit-image's photographs. Pictures are embedded once, whatever the number of sentences.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import headword as hw


def photographs() -> str:
    """The folder of scikit-image's pictures."""
    spec = find_spec("skimage")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "data")


def main(folder: str, sentences: list[str]) -> None:
    """Prints the three best pictures for each sentence, and those that could not be read."""
    model = hw.align("bundled/efficientnet-lite0", text="bundled/all-minilm-l6-v2")
    found = model.image_encoder.embed(folder)
    for ranking in model.rank(found, sentences, top_k=3):
        print(ranking.text)
        for image, score in zip(ranking.ids, ranking.scores, strict=True):
            print(f"  {score:6.3f}  {Path(image).name}")
    for bad in found.bad:
        print(f"not read: {Path(bad.id).name}: {bad.reason}")


if __name__ == "__main__":
    _, *given = sys.argv
    main(given[0] if given else photographs(), given[1:] or ["a pet", "a hot drink", "a vehicle with two wheels"])
