"""COCO 2014 captions (Lin et al., 2014) in the splits of Karpathy and Fei-Fei; the first five captions of a picture."""

from headword.datasets.spec import KARPATHY, KnownCaptions

SPEC = KnownCaptions(
    name="coco",
    title="COCO captions",
    splits={"train": 82_783, "restval": 30_504, "val": 5_000, "test": 5_000},
    licence="captions CC BY 4.0; each picture's own",
    where=f"https://cocodataset.org/#download (2014 train and val), and its splits at {KARPATHY}",
    layout="dataset_coco.json, val2014/<file>.jpg, train2014/<file>.jpg",
    folders=("wds_mscoco_captions",),
    record="dataset_coco.json",
    pool="train+restval",
    note="train is 82,783 pictures; papers usually learn from train+restval, 113,287",
)
