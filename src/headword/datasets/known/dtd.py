"""Describable Textures (Cimpoi et al., CVPR 2014), the first of its ten splits."""

from headword.datasets.layouts import listed
from headword.datasets.spec import KnownClasses, classes

SPEC = KnownClasses(
    name="dtd",
    title="DTD",
    splits={"train": 1_880, "val": 1_880, "test": 1_880},
    licence="research use",
    where="https://www.robots.ox.ac.uk/~vgg/data/dtd/",
    layout="dtd/images/<class>/<file>, dtd/labels/test1.txt",
    folders=("dtd", "dtd/dtd"),
    templates=("A photo of a {} texture",),
    classes=classes("""
        banded; blotchy; braided; bubbly; bumpy; chequered; cobwebbed; cracked; crosshatched; crystalline; dotted;
        fibrous; flecked; freckled; frilly; gauzy; grid; grooved; honeycombed; interlaced; knitted; lacelike; lined;
        marbled; matted; meshed; paisley; perforated; pitted; pleated; polka-dotted; porous; potholed; scaly; smeared;
        spiralled; sprinkled; stained; stratified; striped; studded; swirly; veined; waffled; woven; wrinkled;
        zigzagged
    """),
    layouts=(
        listed(
            "images",
            {split: f"labels/{split}1.txt" for split in ("train", "val", "test")},
            lambda line: (line, line.partition("/")[0]),
        ),
    ),
    checksums={"dtd-r1.0.1.tar.gz": "fff73e5086ae6bdbea199a49dfb8a4c1"},
)
