import pytest

from twobranch.corpus.doctor import diagnose
from twobranch.corpus.languages import foreign_language
from twobranch.corpus.reading import ReadOptions

HEADER = "image,caption,split\n"


@pytest.fixture
def found(draw, write):
    """found(sentence, ...) are the findings about images with one sentence each."""

    def findings(*sentences, english=True):
        names = [f"{number}.jpg" for number in range(len(sentences))]
        draw(*names)
        rows = [f'{name},"{text}",train' for name, text in zip(names, sentences, strict=True)]
        data = write("captions.csv", HEADER + "\n".join(rows))
        diagnosis = diagnose(data, ReadOptions(skip_bad_rows=True), english=english)
        return {finding.code: finding for finding in diagnosis.findings}

    return findings


FOREIGN = [
    ("de", "Zwei Hunde laufen durch den Schnee."),
    ("fr", "Deux chiens courent dans la neige"),
    ("es", "Dos perros juegan en el agua"),
    ("it", "Un cane corre sulla spiaggia"),
    ("pt", "Duas crianças brincam na areia"),
    ("nl", "Twee honden rennen door de sneeuw"),
    ("pl", "Dwóch mężczyzn gra w piłkę"),
    ("tr", "Bir adam bisiklete biniyor"),
    ("vi", "Hai con chó chạy trong tuyết"),
    ("zh", "两只狗在雪中奔跑"),
    ("ja", "二匹の犬が雪の中を走る"),
    ("ko", "두 마리 개가 눈 속을 달린다"),
    ("el", "Δύο σκυλιά τρέχουν στο χιόνι"),
    ("hi", "दो कुत्ते बर्फ में दौड़ रहे हैं"),
    ("fa", "دو سگ در برف می‌دوند"),
]

ENGLISH = [
    "Two dogs run through snow .",
    "a skateboarder jumps .",
    "One karate sportwoman kicks a karate sportman",
    "spaghetti carbonara",
    "Sonata in C major",
    "kimono",
    "Canon EOS 5D Mark IV DSLR",
    "IMG_2034.jpg",
    "12 / 2034 / 77",
    "El Capitan at sunset",
    "T2-weighted axial MRI, glioma",
    "chest x-ray: no acute cardiopulmonary abnormality",
    "A MAN RIDES A HORSE",
    "",
]


@pytest.mark.parametrize(("language", "sentence"), FOREIGN)
def test_other_languages_are_recognized(language, sentence):
    assert foreign_language(sentence) == language


@pytest.mark.parametrize("sentence", ENGLISH)
def test_english_is_not_reported(sentence):
    assert foreign_language(sentence) is None


def test_a_long_text_is_judged_by_its_beginning():
    assert foreign_language("Ein Hund läuft durch den Schnee und bellt. " * 250_000) == "de"


def test_foreign_sentences_are_judged_by_their_share(found):
    english = [f"A dog with a red ball number {number}" for number in range(99)]
    few = found(FOREIGN[0][1], *english)["foreign-sentences"]
    assert (few.severity, few.count) == ("note", 1)
    assert "1 of the 100 looked at, 1.0% (de 1)" in few.message
    assert few.examples == ("0.jpg#0: de: 'Zwei Hunde laufen durch den Schnee.'",)
    many = found(*(text for _, text in FOREIGN), *english)["foreign-sentences"]
    assert (many.severity, many.count) == ("warning", len(FOREIGN))
    assert "foreign-sentences" not in found(*english)


def test_languages_are_no_finding_for_an_encoder_that_is_not_english(found):
    assert "foreign-sentences" not in found(FOREIGN[0][1], "A dog", english=False)


def test_empty_sentences_are_a_finding_of_their_own(found):
    empty = found("A dog", "  ")["empty-sentences"]
    assert (empty.count, empty.severity) == (1, "warning")
    assert "row 3" in empty.examples[0]


@pytest.mark.parametrize("text", ["?", "...", "-", "NaN", "null", "Untitled", "N/A"])
def test_sentences_that_say_nothing_are_found(found, text):
    case = found("A dog", text)["wordless-sentences"].cases[0]
    assert (case.text, case.sentence, case.images) == (f"1.jpg#0: {text!r}", "1.jpg#0", ("1.jpg",))


def test_one_letter_and_one_number_are_words(found):
    assert "wordless-sentences" not in found("A", "7", "二")


def test_a_sentence_on_very_many_images_is_boilerplate(found):
    few = found(*["The dog"] * 10, "A cat")
    assert few["shared-sentences"].examples == ("'The dog' on 10 images",)
    assert "repeated-sentences" not in few
    many = found(*["The dog"] * 11, "A cat", "A cat")
    assert many["repeated-sentences"].examples == ("'The dog' on 11 images",)
    assert many["repeated-sentences"].severity == "warning"
    assert many["shared-sentences"].examples == ("'A cat' on 2 images",)
    assert many["shared-sentences"].cases[0].images == ("11.jpg", "12.jpg")


def test_long_sentences_are_found_with_and_without_spaces(found):
    long = found("word " * 101, "狗" * 1001, "word " * 100)["long-sentences"]
    assert [case.sentence for case in long.cases] == ["0.jpg#0", "1.jpg#0"]


def test_braces_in_sentences_do_no_harm(found):
    assert found("{n} {0} {", "{n} {0} {")["shared-sentences"].examples == ("'{n} {0} {' on 2 images",)
