"""What a model is made of, as JSON: everything that decides its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headword import aligners

if TYPE_CHECKING:
    from headword.encoders.base import Encoder
    from headword.model import AlignedModel

__all__ = ["describe", "describe_encoder"]


def describe(model: AlignedModel) -> dict[str, Any]:
    """Encoders with fingerprints, the aligner with the parameters it uses, and what the model was adapted on."""
    aligner, adaptation = model.aligner, getattr(model, "adaptation", None)
    parameters = {name: getattr(aligner, f"{name}_", value) for name, value in aligner.get_params().items()}
    return {
        "image_encoder": describe_encoder(model.image_encoder),
        "text_encoder": describe_encoder(model.text_encoder),
        "aligner": {
            "kind": aligners.name_of(type(aligner)),
            "parameters": parameters,
            "chosen": {name: parameters[name] for name in aligner.grid},
        },
        "adaptation": adaptation.as_dict() if adaptation else None,
    }


def describe_encoder(encoder: Encoder) -> dict[str, Any]:
    """Its name, width and fingerprint."""
    return {"name": encoder.name, "dim": encoder.dim, "fingerprint": encoder.fingerprint}
