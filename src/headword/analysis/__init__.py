"""Analysis: why an alignment works, measured with what chance would give beside every figure.

Nothing here is needed to align or to classify. Everything takes arrays (n, d), one row for each class, picture or text,
and gives back frozen dataclasses whose `as_dict()` is ready for JSON.
"""

from headword.analysis.cka import cka as cka
from headword.analysis.cosine_head import CosineHead as CosineHead
from headword.analysis.cosine_head import cosine_head as cosine_head
from headword.analysis.gap import Gap as Gap
from headword.analysis.gap import gap as gap
from headword.analysis.hubness import Hubness as Hubness
from headword.analysis.hubness import hubness as hubness
from headword.analysis.image_means import MeansCurve as MeansCurve
from headword.analysis.image_means import means_against_text as means_against_text
from headword.analysis.naming import Naming as Naming
from headword.analysis.naming import badly_named as badly_named
from headword.analysis.neighbours import Neighbourhood as Neighbourhood
from headword.analysis.neighbours import mutual_neighbours as mutual_neighbours
from headword.analysis.neighbours import nearest as nearest
from headword.analysis.neighbours import neighbourhoods as neighbourhoods
from headword.analysis.nulls import Null as Null
from headword.analysis.nulls import Similarity as Similarity
from headword.analysis.pair_choice import PairScore as PairScore
from headword.analysis.pair_choice import pair_score as pair_score
from headword.analysis.pair_choice import pair_scores as pair_scores
from headword.analysis.pair_choice import predicts as predicts
from headword.analysis.study import Study as Study
from headword.analysis.study import study as study
from headword.analysis.subject import EmbeddedImages as EmbeddedImages
from headword.analysis.subject import Subject as Subject
from headword.analysis.subject import embed_images as embed_images
