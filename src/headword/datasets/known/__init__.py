"""Known data sets, one file each with a `SPEC`.

To add one, write its file and name it here; `load`, the command line, the docs table and the tests find it.
"""

from __future__ import annotations

from headword.registry import Registry

_NAMES = (
    "aircraft", "caltech101", "cars", "cifar10", "cifar100", "coco", "country211", "dtd", "eurosat", "flickr30k",
    "flickr8k", "flowers102", "food101", "gtsrb", "ham10000", "imagenet", "imagenetv2", "mnist", "pcam", "pets",
    "places365", "resisc45", "stl10", "sun397",
)  # fmt: skip

registry = Registry("data set", "headword.datasets", {each: f"{__name__}.{each}:SPEC" for each in _NAMES})
