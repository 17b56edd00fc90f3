"""Whether the page freezes on very many hits: python -m benchmarks.page [--hits 40000].

A headless Chromium scrolls through all hits of a server that answers at once, then jumps between ends. Printed are
frames (milliseconds from one to the next; 16.7 is the screen's own), the longest task of the page's thread, the
elements of hits in the document, and its memory.
"""

from __future__ import annotations

import argparse
import json

from playwright.sync_api import sync_playwright
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.many import many_app
from tests.browser.site import Site

SCROLL = """async () => {
  const frames = [], tasks = [];
  let tiles = 0, last = performance.now();
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: 'longtask', buffered: true });
  const step = async (y) => {
    scrollTo(0, y);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    frames.push(now - last);
    last = now;
    tiles = Math.max(tiles, document.querySelectorAll('.tile').length);
  };
  while (document.querySelector('#loading').checkVisibility()) await step(scrollY + 3000);
  const height = document.documentElement.scrollHeight;
  for (let jump = 0; jump < 200; jump++) await step((jump * 0.618) % 1 * height);
  frames.sort((a, b) => a - b);
  const at = (share) => Math.round(10 * frames[Math.floor(share * (frames.length - 1))]) / 10;
  return { frames: frames.length, median: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1),
    longest_task: Math.round(Math.max(0, ...tasks)), most_elements: tiles, height,
    megabytes: Math.round(performance.memory.usedJSHeapSize / 1e6) };
}"""


def main() -> None:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=40_000)
    hits = parser.parse_args().hits
    with Site(lambda: many_app(hits)) as site, sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(site.address + "?q=anything")
        page.locator(".tile").first.wait_for()
        print(json.dumps({"hits": hits, **page.evaluate(SCROLL)}, indent=2))
        browser.close()


if __name__ == "__main__":
    main()
