"""PatchCamelyon (Veeling et al., 2018): 96-pixel patches of lymph nodes."""

from headword.datasets.spec import KnownClasses, classes

SPEC = KnownClasses(
    name="pcam",
    title="PatchCamelyon",
    splits={"train": 262_144, "val": 32_768, "test": 32_768},
    licence="CC0",
    where="https://huggingface.co/datasets/clip-benchmark/wds_vtab-pcam (HDF5, as the authors publish it, is not read)",
    layout="test/<number>.tar",
    classes=classes("0: lymph node; 1: lymph node containing metastatic tumor tissue"),
)
