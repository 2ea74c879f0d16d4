"""CIFAR-10 (Krizhevsky, 2009): ten things, 32 pixels a side."""

from headword.datasets.layouts import records
from headword.datasets.spec import KnownClasses, classes

SPEC = KnownClasses(
    name="cifar10",
    title="CIFAR-10",
    splits={"train": 50_000, "test": 10_000},
    licence="none stated; cite Krizhevsky 2009",
    where="https://www.cs.toronto.edu/~kriz/cifar.html (the binary version; the Python one is pickle, never opened)",
    layout="cifar-10-batches-bin/test_batch.bin, …/data_batch_1.bin to 5",
    folders=("cifar-10-batches-bin", "cifar-10"),
    classes=classes("airplane; automobile; bird; cat; deer: deer/elk; dog; frog; horse; ship; truck"),
    layouts=(
        records({"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]}, (3, 32, 32)),
    ),
)
