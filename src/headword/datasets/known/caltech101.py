"""Caltech-101 (Fei-Fei et al., 2004): 101 things and, as CLIP's authors count, the background."""

from functools import partial

from headword.datasets.layouts import Choose, draw_split, foldered
from headword.datasets.spec import KnownClasses, Layout, classes

_REST = 10**6


def _layout(below: str) -> Layout:
    splits: dict[str, Choose] = {
        "train": partial(draw_split, counts=(30, _REST), part=0),
        "test": partial(draw_split, counts=(30, _REST), part=1),
        "all": list,
    }
    return foldered(below, splits, (f"{below}/Leopards" if below else "Leopards",))


SPEC = KnownClasses(
    name="caltech101",
    title="Caltech-101",
    splits={"train": 3_060, "test": 6_084, "all": 9_144},
    licence="CC BY 4.0",
    where="https://data.caltech.edu/records/mzrjq-6wc02",
    layout="101_ObjectCategories/<class>/image_<number>.jpg",
    folders=("caltech-101",),
    classes=classes("""
        BACKGROUND_Google: background; Faces: off-center face; Faces_easy: centered face; Leopards: leopard;
        Motorbikes: motorbike; accordion; airplanes: airplane; anchor; ant; barrel; bass; beaver; binocular; bonsai;
        brain; brontosaurus; buddha; butterfly; camera; cannon; car_side: side of a car; ceiling_fan: ceiling fan;
        cellphone; chair; chandelier; cougar_body: body of a cougar cat; cougar_face: face of a cougar cat; crab;
        crayfish; crocodile; crocodile_head: head of a crocodile; cup; dalmatian; dollar_bill: dollar bill; dolphin;
        dragonfly; electric_guitar: electric guitar; elephant; emu; euphonium; ewer; ferry; flamingo;
        flamingo_head: head of a flamingo; garfield; gerenuk; gramophone; grand_piano: grand piano; hawksbill;
        headphone; hedgehog; helicopter; ibis; inline_skate: inline skate; joshua_tree: joshua tree; kangaroo; ketch;
        lamp; laptop; llama; lobster; lotus; mandolin; mayfly; menorah; metronome; minaret; nautilus; octopus; okapi;
        pagoda; panda; pigeon; pizza; platypus; pyramid; revolver; rhino; rooster; saxophone; schooner; scissors;
        scorpion; sea_horse: sea horse; snoopy: snoopy (cartoon beagle); soccer_ball: soccer ball; stapler; starfish;
        stegosaurus; stop_sign: stop sign; strawberry; sunflower; tick; trilobite; umbrella; watch;
        water_lilly: water lily; wheelchair; wild_cat: wild cat; windsor_chair: windsor chair; wrench;
        yin_yang: yin and yang symbol
    """),
    layouts=(_layout("101_ObjectCategories"), _layout("caltech101/101_ObjectCategories"), _layout("")),
    checksums={"caltech-101.zip": "3138e1922a9193bfa496528edbbc45d0"},
    note="no official split: 30 pictures of each class to learn from, drawn with seed 42, the others to test",
)
