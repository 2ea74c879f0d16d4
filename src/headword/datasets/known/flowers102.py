"""Oxford Flowers 102 (Nilsback and Zisserman, 2008)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headword.datasets.layouts import image_row, mat
from headword.datasets.spec import KnownClasses, Layout, Row, classes

_PARTS = {"train": "trnid", "val": "valid", "test": "tstid"}


def _rows(folder: Path, split: str) -> Iterable[Row]:
    labels = mat(folder / "imagelabels.mat")["labels"]
    for number in mat(folder / "setid.mat")[_PARTS[split]]:
        yield image_row(folder, f"jpg/image_{number:05d}.jpg", int(labels[number - 1]) - 1)


_NAMES = """
    pink primrose; hard-leaved pocket orchid; canterbury bells; sweet pea; english marigold; tiger lily; moon orchid;
    bird of paradise; monkshood; globe thistle; snapdragon; colt's foot; king protea; spear thistle; yellow iris;
    globe flower; purple coneflower; peruvian lily; balloon flower; giant white arum lily; fire lily;
    pincushion flower; fritillary; red ginger; grape hyacinth; corn poppy; prince of wales feathers;
    stemless gentian; artichoke; sweet william; carnation; garden phlox; love in the mist; mexican aster;
    alpine sea holly; ruby-lipped cattleya; cape flower; great masterwort; siam tulip; lenten rose; barbeton daisy;
    daffodil; sword lily; poinsettia; bolero deep blue; wallflower; marigold; buttercup; oxeye daisy;
    common dandelion; petunia; wild pansy; primula; sunflower; pelargonium; bishop of llandaff; gaura; geranium;
    orange dahlia; pink and yellow dahlia; cautleya spicata; japanese anemone; black-eyed susan; silverbush;
    californian poppy; osteospermum; spring crocus; bearded iris; windflower; tree poppy; gazania; azalea;
    water lily; rose; thorn apple; morning glory; passion flower; lotus; toad lily; anthurium; frangipani; clematis;
    hibiscus; columbine; desert-rose; tree mallow; magnolia; cyclamen; watercress; canna lily; hippeastrum; bee balm;
    air plant; foxglove; bougainvillea; camellia; mallow; mexican petunia; bromelia; blanket flower;
    trumpet creeper; blackberry lily
"""

SPEC = KnownClasses(
    name="flowers102",
    title="Flowers102",
    splits={"train": 1_020, "val": 1_020, "test": 6_149},
    licence="none stated; cite Nilsback and Zisserman 2008",
    where="https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
    layout="flowers-102/jpg/image_<number>.jpg, …/imagelabels.mat, …/setid.mat",
    folders=("flowers-102", "wds_vtab-flowers"),
    templates=("A photo of a {} flower, a type of flower",),
    classes=classes(_NAMES),
    layouts=(Layout(("jpg", "imagelabels.mat", "setid.mat"), tuple(_PARTS), _rows),),
    pool="train+val",
    checksums={
        "102flowers.tgz": "52808999861908f626f3c1f4e79d11fa",
        "imagelabels.mat": "e0620be6f572b9609742df49c70aed4d",
        "setid.mat": "a5357ecc9cb78c4bef273ce3793fc85c",
    },
)
