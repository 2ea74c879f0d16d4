"""CIFAR-100 (Krizhevsky, 2009): a hundred things, 32 pixels a side; the fine classes."""

from headword.datasets.layouts import records
from headword.datasets.spec import KnownClasses, classes

SPEC = KnownClasses(
    name="cifar100",
    title="CIFAR-100",
    splits={"train": 50_000, "test": 10_000},
    licence="none stated; cite Krizhevsky 2009",
    where="https://www.cs.toronto.edu/~kriz/cifar.html (the binary version; the Python one is pickle, never opened)",
    layout="cifar-100-binary/test.bin, …/train.bin",
    folders=("cifar-100-binary", "cifar-100"),
    classes=classes("""
        apple; aquarium_fish: aquarium fish; baby; bear; beaver; bed; bee; beetle; bicycle; bottle; bowl; boy; bridge;
        bus; butterfly; camel; can; castle; caterpillar; cattle; chair; chimpanzee; clock; cloud; cockroach; couch;
        crab; crocodile; cup; dinosaur; dolphin; elephant; flatfish; forest; fox; girl; hamster; house; kangaroo;
        keyboard; lamp; lawn_mower: lawn mower; leopard; lion; lizard; lobster; man; maple_tree: maple tree;
        motorcycle; mountain; mouse; mushroom; oak_tree: oak tree; orange; orchid; otter; palm_tree: palm tree; pear;
        pickup_truck: pickup truck; pine_tree: pine tree; plain; plate; poppy; porcupine; possum; rabbit; raccoon;
        ray; road; rocket; rose; sea; seal; shark; shrew; skunk; skyscraper; snail; snake; spider; squirrel;
        streetcar; sunflower; sweet_pepper: sweet pepper; table; tank; telephone; television; tiger; tractor; train;
        trout; tulip; turtle; wardrobe; whale; willow_tree: willow tree; wolf; woman; worm
    """),
    layouts=(records({"train": ["train.bin"], "test": ["test.bin"]}, (3, 32, 32), label_at=1, header=2),),
)
