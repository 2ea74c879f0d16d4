"""headword: turn any trained image classifier into an open-vocabulary vision-language model.

Each row of a classifier's last linear layer is a prototype of one class. Paired with the text embedding of the
class's name, the rows teach a light map between the two frozen spaces; the classifier then answers in words it
never saw.

    import headword as hw
    model = hw.align("bundled/efficientnet-lite0", text="bundled/all-minilm-l6-v2")
    model.classify("holiday/*.jpg", ["a lighthouse", "a vineyard", "my bicycle"])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headword import adapters as adapters
    from headword import aligners as aligners
    from headword import analysis as analysis
    from headword import bench as bench
    from headword import datasets as datasets
    from headword import errors as errors
    from headword import labels as labels
    from headword import metrics as metrics
    from headword import model as model
    from headword import pairs as pairs
    from headword import report as report
    from headword import tasks as tasks
    from headword._version import __version__ as __version__
    from headword.encoders import load_image_encoder as load_image_encoder
    from headword.encoders import load_text_encoder as load_text_encoder
    from headword.heads import Head as Head
    from headword.labels import LabelSet as LabelSet
    from headword.model import AlignedModel as AlignedModel
    from headword.model import align as align
    from headword.pairs import Pairs as Pairs

# Name → module that holds it; imported on first use, so that `import headword` stays free of torch and SciPy. To look
# the version up takes longer than all the rest.
_HOMES = {
    "AlignedModel": "headword.model",
    "Head": "headword.heads",
    "LabelSet": "headword.labels",
    "Pairs": "headword.pairs",
    "__version__": "headword._version",
    "align": "headword.model",
    "load_image_encoder": "headword.encoders",
    "load_text_encoder": "headword.encoders",
}
_SUBMODULES = (
    "adapters",
    "aligners",
    "analysis",
    "bench",
    "datasets",
    "errors",
    "labels",
    "metrics",
    "model",
    "pairs",
    "report",
    "tasks",
)

__all__ = [*_HOMES, *_SUBMODULES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _SUBMODULES:
        value = import_module(f"headword.{name}")
    else:
        raise AttributeError(f"module 'headword' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
