"""A picture of a report for the README: `python tools/report_screenshot.py RUN/report.html docs/images/report.webp`.

It needs Chromium (found as `chromium` or named by $CHROMIUM) and playwright.
"""

import io
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

WIDTH, SCALE = 1000, 1.5
"""Width of the window, and pixels of the picture for each of its own."""
SHOWN = ("", "Ranks", "Slices", "Search: a sentence finds images")
"""Headings of the sections that are shown; the first one is all above the metrics."""
HEIGHT = {"Slices": 352, "Search: a sentence finds images": 312}
"""Of sections that are too long for a README."""


def main(report: Path, out: Path) -> None:
    """Put some sections of a report below one another."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, device_scale_factor=SCALE)
        page.goto(report.absolute().as_uri())
        page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager' })")
        page.wait_for_load_state("networkidle")
        parts = [section(page, heading) for heading in SHOWN]
        browser.close()
    sheet = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        sheet.paste(part, (0, top))
        top += part.height
    sheet.save(out, quality=82, method=6)


def section(page: Page, heading: str) -> Image.Image:
    """From a heading to the next one, or to the height that is wanted."""
    tops = dict(page.eval_on_selector_all("h2", "all => all.map(h => [h.textContent, h.getBoundingClientRect().top])"))
    ends = [*tops.values(), page.evaluate("document.documentElement.scrollHeight")]
    top = tops[heading] - 14 if heading else 0.0
    bottom = min(end for end in ends if end > top + 20) - 14
    bottom = min(bottom, top + HEIGHT.get(heading, bottom))
    clip = {"x": 0.0, "y": top, "width": float(WIDTH), "height": bottom - top}
    return Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
