"""Sentences of different lengths on which an engine is compared with torch."""

PROBE_SENTENCES = (
    "a dog",
    "Two children play football on a wet field.",
    "A man in a red jacket and a blue helmet is climbing a steep wall of ice while somebody holds the rope.",
    "the eye",
    "An aerial photograph of a harbor with 27 sailing boats, three cranes and a long concrete pier.",
    "Women's leather ankle boots, dark brown, size 39, with a side zip.",
    "nothing",
    "A crowd gathers around a street musician who plays the accordion; a girl drops a coin into his hat.",
)
