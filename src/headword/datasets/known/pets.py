"""Oxford-IIIT Pets (Parkhi et al., CVPR 2012): breeds of cats and dogs."""

from headword.datasets.layouts import listed
from headword.datasets.spec import KnownClasses, classes


def _parse(line: str) -> tuple[str, str]:
    """Reads "Abyssinian_201 1 1 1": picture, class, species, breed within the species."""
    stem = line.split()[0]
    return f"{stem}.jpg", stem.rpartition("_")[0]


SPEC = KnownClasses(
    name="pets",
    title="Oxford-IIIT Pets",
    splits={"train": 3_680, "test": 3_669},
    licence="CC BY-SA 4.0",
    where="https://www.robots.ox.ac.uk/~vgg/data/pets/",
    layout="oxford-iiit-pet/images/<Breed>_<number>.jpg, …/annotations/test.txt",
    folders=("oxford-iiit-pet", "oxford_pets"),
    templates=("A photo of a {}, a type of pet",),
    classes=classes("""
        Abyssinian; American Bulldog; American Pit Bull Terrier; Basset Hound; Beagle; Bengal; Birman; Bombay; Boxer;
        British Shorthair; Chihuahua; Egyptian Mau; English Cocker Spaniel; English Setter; German Shorthaired;
        Great Pyrenees; Havanese; Japanese Chin; Keeshond; Leonberger; Maine Coon; Miniature Pinscher; Newfoundland;
        Persian; Pomeranian; Pug; Ragdoll; Russian Blue; Saint Bernard; Samoyed; Scottish Terrier; Shiba Inu; Siamese;
        Sphynx; Staffordshire Bull Terrier; Wheaten Terrier; Yorkshire Terrier
    """),
    layouts=(listed("images", {"train": "annotations/trainval.txt", "test": "annotations/test.txt"}, _parse),),
    checksums={
        "images.tar.gz": "5c4f3ee8e5d25df40f4fd59a7f44e54c",
        "annotations.tar.gz": "95a8c909bbe2e81eed6a22bccdf3f68f",
    },
)
