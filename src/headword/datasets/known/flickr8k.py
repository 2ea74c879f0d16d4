"""Flickr8k (Hodosh et al., 2013) in the splits of Karpathy and Fei-Fei."""

from headword.datasets.spec import KARPATHY, KnownCaptions

SPEC = KnownCaptions(
    name="flickr8k",
    title="Flickr8k",
    splits={"train": 6_000, "val": 1_000, "test": 1_000},
    licence="research and education, non-commercial; cite Hodosh et al. 2013",
    where=f"https://www.kaggle.com/datasets/adityajn105/flickr8k, and its splits at {KARPATHY}",
    layout="dataset_flickr8k.json, Images/<file>.jpg",
    record="dataset_flickr8k.json",
)
