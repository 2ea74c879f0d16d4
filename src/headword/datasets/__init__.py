"""Data sets: pictures with classes or captions, from a name, a folder or a file; nothing is ever downloaded.

data = load("food101", split="test")        # a known set, from $HEADWORD_DATA/food101
data = load("holiday/")                     # holiday/<class>/<file>
data = load("captions.csv")                 # columns file and caption
"""

from __future__ import annotations

from headword.datasets.base import Captioned as Captioned
from headword.datasets.base import Labelled as Labelled
from headword.datasets.holdout import holdout as holdout
from headword.datasets.known import registry as registry
from headword.datasets.loading import data_folder as data_folder
from headword.datasets.loading import load as load
from headword.datasets.overlap import disjoint as disjoint
from headword.datasets.overlap import overlap as overlap
from headword.datasets.readers.captions_file import read_captions as read_captions
from headword.datasets.readers.hugging_face import read_tables as read_tables
from headword.datasets.readers.image_folder import read_image_folder as read_image_folder
from headword.datasets.readers.karpathy import read_caption_json as read_caption_json
from headword.datasets.readers.shards import read_shards as read_shards
from headword.datasets.readers.wnid_files import read_wnid_files as read_wnid_files
