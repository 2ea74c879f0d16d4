"""What `figures.py` draws beside ours, and what it says under each figure.

The published values are weight recycling's, arXiv 2605.22484: m_NN, zero-shot bars and retrieval gains are read off the
charts of its project page, the cosine head off its poster.
"""

from __future__ import annotations

PAPER = "arXiv 2605.22484"

PAPER_MNN = {3: 0.302, 5: 0.3035, 10: 0.304}
"""Of prototypes, by k."""

PAPER_MEANS = {1: 0.194, 3: 0.253, 5: 0.274, 10: 0.289, 50: 0.297}
"""Of means of n pictures, k = 10."""

PAPER_ZERO_SHOT = {
    "RESISC45": (21.14, 24.21, 57.14),
    "EuroSAT": (17.71, 23.68, 51.93),
    "Flowers102": (11.82, 62.64, 65.96),
    "Pets": (75.68, 78.04, 88.32),
    "Food101": (20.96, 57.11, 86.04),
    "CIFAR-10": (89.36, 94.39, 89.68),
    "CIFAR-100": (61.11, 73.64, 68.04),
    "DTD": (22.71, 35.39, 44.00),
    "Places365": (24.32, 34.36, 38.96),
}
"""Top-1 in per cent with the ImageNet-1k head, with the ImageNet-21k head, and of CLIP ViT-B/16."""

PAPER_PAIRS = (0, 1_000, 5_000, 10_000, 30_000)
PAPER_GAIN = {
    "MLP": (0.443, 0.126, 0.041, 0.025, 0.011),
    "CSA": (0.386, 0.394, 0.084, 0.037, 0.009),
    "text-to-concept variant": (0.427, 0.095, 0.010, 0.003, 0.000),
}
"""In i2t mAP on Flickr30k, by the pairs beside the rows."""

PAPER_COSINE = {
    "BEiT": (82.71, 82.10),
    "CAFormer": (80.81, 80.28),
    "ConvFormer": (80.76, 80.08),
    "ConvNeXt": (83.29, 82.67),
    "TinyViT": (82.31, 81.30),
}
"""Linear and cosine head on ImageNet's validation set, in per cent."""

CAPTIONS = {
    "neighbours": f"""
        Published: {PAPER}, project page; the chart names neither network nor text encoder. Ours: bundled networks with
        all-MiniLM-L6-v2, bare names. Our means are of ten classes (Imagenette), neighbours among all prototypes,
        centred; bars: sd over 50 draws of pictures. Levels do not compare, shapes do.""",
    "zero-shot": f"""
        Published bars and CLIP marks: {PAPER}, project page; its text encoder is not named. Ours: recipes/zero_shot.py,
        10 to 15 classes and 372 to 750 pictures a set; bars: standard error. Of our sets only CIFAR-10 (500 of its
        pictures) has the published set's classes, so only there CLIP's mark is repeated.""",
    "retrieval": f"""
        Published: {PAPER}, project page. Ours: recipes/all_aligners.py, mean of R@1, R@5 and R@10;
        bars: sd over draws of pairs. At 0 pairs the gain is the score from rows alone. Rows and pairs are mixed across
        the bridge, except for the lines marked "paper". Other metric and data: levels do not compare.""",
    "gap": """
        500 ImageNet-1k classes with a picture; EfficientNet-Lite0; names, synonyms and definitions by all-MiniLM-L6-v2,
        mapped by kernel ridge while their class was hidden. What overlaps on a plane may still be told apart in the
        space: recipes/analysis_gap.py measures that.""",
    "cosine-head": f"""
        Above the line: published, {PAPER}, poster. Below: ours, recipes/cosine_head.py, with the standard error of the
        loss over pictures; top-1 among all 1,000 classes, chance 0.1 %.""",
}
