"""NWPU-RESISC45 (Cheng et al., 2017): aerial scenes, split as torchgeo does (Neumann et al., arXiv 1911.06721)."""

from headword.datasets.layouts import listed
from headword.datasets.spec import KnownClasses, Layout, classes


def _parse(line: str) -> tuple[str, str]:
    """Reads "airplane_700.jpg"."""
    name = line.rpartition("_")[0]
    return f"{name}/{line}", name


def _layout(below: str) -> Layout:
    return listed(below, {split: f"resisc45-{split}.txt" for split in ("train", "val", "test")}, _parse)


SPEC = KnownClasses(
    name="resisc45",
    title="RESISC45",
    splits={"train": 18_900, "val": 6_300, "test": 6_300},
    licence="research use; pictures from Google Earth",
    where="https://huggingface.co/datasets/torchgeo/resisc45",
    layout="NWPU-RESISC45/<class>/<class>_<number>.jpg, resisc45-test.txt",
    folders=("NWPU-RESISC45",),
    templates=("A photo of a {} (aerial photo)",),
    classes=classes("""
        airplane; airport; baseball diamond; basketball court; beach; bridge; chaparral; church; circular farmland;
        cloud; commercial area; dense residential; desert; forest; freeway; golf course; ground track field; harbor;
        industrial area; intersection; island; lake; meadow; medium residential; mobile home park; mountain; overpass;
        palace; parking lot; railway; railway station; rectangular farmland; river; roundabout; runway; sea ice; ship;
        snowberg; sparse residential; stadium; storage tank; tennis court; terrace; thermal power station; wetland
    """),
    layouts=(_layout("NWPU-RESISC45"), _layout("")),
    checksums={
        "NWPU-RESISC45.zip": "75206b2e16446591afa88e2628744886",
        "resisc45-train.txt": "b5a4c05a37de15e4ca886696a85c403e",
        "resisc45-val.txt": "a0770cee4c5ca20b8c32bbd61e114805",
        "resisc45-test.txt": "3dda9e4988b47eb1de9f07993653eb08",
    },
)
