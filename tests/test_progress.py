"""Progress: nothing off a terminal, nothing for short work, rate and time left for long work."""

import io

import pytest
from rich.console import Console

from twobranch import progress as module
from twobranch.progress import counted, progress


@pytest.fixture
def screen(monkeypatch):
    """A terminal whose output can be read; every work counts as long."""
    file = io.StringIO()
    monkeypatch.setattr(module, "console", Console(file=file, force_terminal=True, width=120))
    monkeypatch.setattr(module, "WORTH_SHOWING", 0.0)
    return file


def test_a_bar_has_its_count_and_goes_away(screen):
    with progress("encoding images", 20) as advance:
        advance(5)
        module._open[0]._bar.refresh()
    assert "encoding images" in screen.getvalue()
    assert "5/20" in screen.getvalue()
    assert module._open == []


def test_work_inside_other_work_shares_the_display(screen):
    with progress("trainings", 3):
        for _ in counted("encoding images", range(4), total=4):
            module._open[0]._bar.refresh()
        assert [line._bar for line in module._open] == [module._open[0]._bar]
    assert "trainings" in screen.getvalue()
    assert "encoding images" in screen.getvalue()


def test_short_work_draws_nothing(screen, monkeypatch):
    monkeypatch.setattr(module, "WORTH_SHOWING", 60.0)
    assert list(counted("reading files", "abc", total=3)) == ["a", "b", "c"]
    assert screen.getvalue() == ""


def test_off_a_terminal_there_is_no_bar(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(module, "console", Console(file=file))
    with progress("encoding images", 2) as advance:
        advance(2)
    assert file.getvalue() == ""


def test_an_error_takes_the_bar_away(screen):
    with pytest.raises(ZeroDivisionError), progress("encoding images", 2) as advance:
        advance(1 // 0)
    assert module._open == []


@pytest.mark.parametrize(
    ("speed", "text"), [(None, ""), (1234.0, "1,234/s"), (2.5, "2.5/s"), (0.25, "4.0 s each"), (12.4, "12/s")]
)
def test_the_rate_is_readable_for_fast_and_slow_work(speed, text):
    class Task:
        pass

    task = Task()
    task.speed = speed
    assert module._Rate().render(task).plain == text
