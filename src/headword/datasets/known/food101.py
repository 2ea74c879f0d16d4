"""Food-101 (Bossard et al., ECCV 2014)."""

from headword.datasets.layouts import listed
from headword.datasets.spec import KnownClasses, classes

SPEC = KnownClasses(
    name="food101",
    title="Food-101",
    splits={"train": 75_750, "test": 25_250},
    licence="scientific fair use; the pictures are Foodspotting's",
    where="https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/",
    layout="food-101/images/<class>/<file>.jpg, food-101/meta/test.txt",
    folders=("food-101",),
    templates=("A photo of a {}, a type of food",),
    classes=classes("""
        apple pie; baby back ribs; baklava; beef carpaccio; beef tartare; beet salad; beignets; bibimbap;
        bread pudding; breakfast burrito; bruschetta; caesar salad; cannoli; caprese salad; carrot cake; ceviche;
        cheesecake; cheese plate; chicken curry; chicken quesadilla; chicken wings; chocolate cake; chocolate mousse;
        churros; clam chowder; club sandwich; crab cakes; creme brulee; croque madame; cup cakes; deviled eggs;
        donuts; dumplings; edamame; eggs benedict; escargots; falafel; filet mignon; fish and chips; foie gras;
        french fries; french onion soup; french toast; fried calamari; fried rice; frozen yogurt; garlic bread;
        gnocchi; greek salad; grilled cheese sandwich; grilled salmon; guacamole; gyoza; hamburger;
        hot and sour soup; hot dog; huevos rancheros; hummus; ice cream; lasagna; lobster bisque;
        lobster roll sandwich; macaroni and cheese; macarons; miso soup; mussels; nachos; omelette; onion rings;
        oysters; pad thai; paella; pancakes; panna cotta; peking duck; pho; pizza; pork chop; poutine; prime rib;
        pulled pork sandwich; ramen; ravioli; red velvet cake; risotto; samosa; sashimi; scallops; seaweed salad;
        shrimp and grits; spaghetti bolognese; spaghetti carbonara; spring rolls; steak; strawberry shortcake; sushi;
        tacos; takoyaki; tiramisu; tuna tartare; waffles
    """),
    layouts=(
        listed(
            "images",
            {"train": "meta/train.txt", "test": "meta/test.txt"},
            lambda line: (f"{line}.jpg", line.partition("/")[0]),
        ),
    ),
    checksums={"food-101.tar.gz": "85eeb15f3717b99a5da872d97d918f87"},
)
