"""Flickr30k (Young et al., 2014) in the splits of Karpathy and Fei-Fei."""

from headword.datasets.spec import KARPATHY, KnownCaptions

SPEC = KnownCaptions(
    name="flickr30k",
    title="Flickr30k",
    splits={"train": 29_000, "val": 1_014, "test": 1_000},
    licence="research and education, non-commercial",
    where=f"https://shannon.cs.illinois.edu/DenotationGraph/, and its splits at {KARPATHY}",
    layout="dataset_flickr30k.json, flickr30k-images/<file>.jpg",
    record="dataset_flickr30k.json",
)
