"""EuroSAT (Helber et al., 2019), the RGB pictures: ten land covers seen by Sentinel-2, 64 pixels a side."""

from headword.datasets.layouts import foldered, stratified
from headword.datasets.spec import KnownClasses, Layout, classes


def _layout(below: str, needs: str) -> Layout:
    splits = {
        "train": lambda rows: stratified(rows, 0.1, test=False),
        "test": lambda rows: stratified(rows, 0.1, test=True),
        "all": lambda rows: rows,
    }
    return foldered(below, splits, (needs,))


SPEC = KnownClasses(
    name="eurosat",
    title="EuroSAT",
    splits={"train": 24_300, "test": 2_700, "all": 27_000},
    licence="MIT",
    where="https://github.com/phelber/EuroSAT (EuroSAT.zip, RGB)",
    layout="2750/<Class>/<file>.jpg",
    folders=("2750", "EuroSAT", "EuroSAT_RGB"),
    templates=("A photo of a {} (aerial photo)",),
    classes=classes("""
        AnnualCrop: annual crop land; Forest: forest; HerbaceousVegetation: brushland or shrubland;
        Highway: highway or road; Industrial: industrial buildings or commercial buildings; Pasture: pasture land;
        PermanentCrop: permanent crop land; Residential: residential buildings or homes or apartments; River: river;
        SeaLake: lake or sea
    """),
    layouts=(_layout("", "AnnualCrop"), _layout("2750", "2750/AnnualCrop")),
    checksums={"EuroSAT.zip": "c8fa014336c82ac7804f0398fcb19387"},
    note="no official split: 90/10, stratified, by scikit-learn with seed 42 on files sorted by class and name",
)
