"""The demo's photographs, with what is seen in each, and its labels.

The photographs come in scikit-image's package. Left out are its drawings, test patterns and microscope
pictures, and the right half of a stereo pair. The labels were written down before any result was seen and are
not fitted to them.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["IMAGES", "LABELS"]

IMAGES = MappingProxyType(
    {
        "astronaut.png": "an astronaut",
        "brick.png": "a brick wall",
        "camera.png": "a photographer",
        "chelsea.png": "a cat",
        "clock_motion.png": "a clock",
        "coffee.png": "a cup of coffee",
        "coins.png": "coins",
        "grass.png": "grass",
        "gravel.png": "gravel",
        "hubble_deep_field.jpg": "galaxies",
        "moon.png": "the moon",
        "motorcycle_left.png": "a motorcycle",
        "page.png": "a printed page",
        "retina.jpg": "a retina",
        "rocket.jpg": "a rocket",
        "text.png": "handwriting",
    }
)

LABELS = (
    # People and animals
    "an astronaut", "a photographer", "a child", "a musician", "a crowd of people",
    "a cat", "a dog", "a horse", "a fish", "a bird",
    # Food and things
    "a cup of coffee", "a bowl of soup", "a birthday cake", "fruit", "a sandwich",
    "coins", "a clock", "a printed page", "handwriting", "a painting", "a toy", "furniture", "jewellery",
    "a bouquet of flowers",
    # Vehicles
    "a motorcycle", "a rocket", "a bicycle", "a train", "an airplane", "a boat",
    # Surfaces
    "a brick wall", "grass", "gravel", "sand", "snow", "fur", "fabric",
    # Sky, places, medicine
    "the moon", "galaxies", "clouds", "a sunset", "a beach", "a forest", "a mountain", "a kitchen",
    "a city street", "a garden", "a football match", "a retina", "an X-ray", "a microscope slide",
)  # fmt: skip
