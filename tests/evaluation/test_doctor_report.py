import re

import pytest
from PIL import Image

from twobranch.corpus.doctor import diagnose
from twobranch.corpus.findings import Case, Finding
from twobranch.corpus.reading import ReadOptions
from twobranch.evaluation.reports.doctor import CASES, write_doctor_report

HOSTILE = '<script>alert("1")</script> & <img src=x onerror=alert(1)>'


@pytest.fixture
def diagnosis(tmp_path):
    """Four pictures, two of them the same; one sentence is HTML and stands on two of them; one file is missing."""
    for number, name in enumerate("abc"):
        Image.effect_noise((40, 30), 20 + number).convert("RGB").save(tmp_path / f"{name}.jpg")
    (tmp_path / "d.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    lines = ["image\tcaption\tsplit", *(f"{name}.jpg\t{HOSTILE}\ttrain" for name in "ab"), "c.jpg\tA cat\tval"]
    lines += ["d.jpg\tA dog\ttest", "<b>.jpg\tA cow\ttest"]
    path = tmp_path / "captions.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return diagnose(path, ReadOptions())


def page(diagnosis, tmp_path):
    write_doctor_report(tmp_path / "out" / "check.html", diagnosis, {"command": "twobranch check <x>"})
    return (tmp_path / "out" / "check.html").read_text(encoding="utf-8")


def test_every_finding_is_on_the_page_with_pictures(diagnosis, tmp_path):
    html = page(diagnosis, tmp_path)
    for finding in diagnosis.findings:
        assert f'<section id="{finding.code}">' in html
        assert f'href="#{finding.code}"' in html
    leaking = re.search(r'<section id="leaking-images">.*?</section>', html, re.DOTALL).group()
    assert leaking.count("data:image/jpeg;base64,") == 2
    assert "Training can run." in html


def test_user_text_is_escaped_and_nothing_is_fetched(diagnosis, tmp_path):
    html = page(diagnosis, tmp_path)
    assert "&lt;script&gt;" in html
    for forbidden in ("<script", "<img src=x", "<b>.jpg", "<x>"):
        assert forbidden not in html
    assert all(source.startswith("data:image/jpeg;base64,") for source in re.findall(r'src="([^"]*)"', html))
    assert not re.search(r"https?://|url\(|@import|<link", html)


def test_a_suspicious_sentence_is_shown_among_its_siblings(diagnosis, tmp_path):
    case = Case("a.jpg#0: ...", ("a.jpg",), "a.jpg#0", 0.87)
    html = page(diagnosis.with_findings([Finding("suspicious-pairs", "warning", "pairs", 1, (case,))]), tmp_path)
    section = re.search(r'<section id="suspicious-pairs">.*?</section>', html, re.DOTALL).group()
    assert '<li class="suspect">&lt;script&gt;' in section
    assert "wrong with probability 0.87" in section
    assert section.count("data:image/jpeg") == 1


def test_a_long_finding_is_cut_and_says_so(diagnosis, tmp_path):
    cases = tuple(Case(f"case {number}") for number in range(100))
    html = page(diagnosis.with_findings([Finding("many", "note", "many cases", 5000, cases)]), tmp_path)
    assert f"case {CASES - 1}<" in html
    assert f"case {CASES}<" not in html
    assert "and 4,976 more" in html


def test_data_that_cannot_be_read_at_all_has_a_page(diagnosis, tmp_path):
    for name in "abcd":
        (tmp_path / f"{name}.jpg").unlink()
    html = page(diagnose(tmp_path / "captions.tsv", ReadOptions()), tmp_path)
    assert "Training would refuse this data." in html
    assert '<section id="nothing-to-read">' in html
