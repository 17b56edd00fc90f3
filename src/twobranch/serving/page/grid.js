// The grid of hits. Only rows near the window are in the document, so that it does not matter how many there are.

import { Events } from "./events.js";
import { heightOf, layOut, ratioOf, rowAt } from "./rows.js";
import { discard, place, tile } from "./tile.js";

const BEYOND = 600; // pixels above and below the window that are kept ready
const AHEAD = 2000; // pixels before the end at which more is asked for

/** Emits "open" with a position, "pick" with a position and whether, "end" when more hits are wanted, "broken". */
export class Grid extends Events {
  #list;
  #hits = [];
  #rows = [];
  #size = null;
  #tiles = new Map(); // position -> element
  #active = 0; // the tile that Tab reaches
  #isSelected;
  #drawing = false;

  constructor(list, isSelected) {
    super();
    this.#list = list;
    this.#isSelected = isSelected;
    addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(list);
    list.addEventListener("focusin", (event) => this.#activate(Number(event.target.closest(".tile").dataset.position)));
    list.addEventListener("click", (event) => {
      const position = Number(event.target.closest(".tile")?.dataset.position ?? -1);
      if (event.target.closest(".open")) this.emit("open", position);
    });
    list.addEventListener("change", (event) =>
      this.emit("pick", Number(event.target.closest(".tile").dataset.position), event.target.checked));
    list.addEventListener("error", (event) => {
      if (!event.target.hasAttribute("src")) return;
      event.target.classList.add("broken");
      this.emit("broken");
    }, true);
  }

  /** Show other hits, from the top. */
  show(hits) {
    this.#hits = hits;
    this.#rows = [];
    this.#active = 0;
    for (const item of this.#tiles.values()) discard(item);
    this.#tiles.clear();
    this.extend();
  }

  /** Show what was added to the hits. */
  extend() {
    this.#size = this.#measure();
    layOut(this.#rows, this.#hits, this.#size);
    this.#list.style.height = `${heightOf(this.#rows, this.#size)}px`;
    this.#draw();
  }

  /** Move the focus to a hit, and the window with it. */
  focus(position) {
    if (!this.#hits.length) return;
    this.#active = Math.min(Math.max(position, 0), this.#hits.length - 1);
    this.#reveal(this.#row(this.#active));
    this.#draw();
    this.#tiles.get(this.#active).firstChild.focus({ preventScroll: true });
  }

  get active() {
    return this.#active;
  }

  /** Say anew which tiles are selected. */
  refreshSelection() {
    for (const [position, item] of this.#tiles) item.lastChild.checked = this.#isSelected(this.#hits[position].id);
  }

  /** Load pictures that could not be loaded once more. */
  mend() {
    for (const image of this.#list.querySelectorAll("img.broken")) {
      image.classList.remove("broken");
      image.src = image.getAttribute("src");
    }
  }

  /** Where a key leads from the active tile; null where it leads nowhere. */
  target(key) {
    const at = this.#active, page = Math.max(1, Math.floor(innerHeight / (this.#size.height * 1.4)));
    const moves = {
      ArrowRight: () => at + 1, ArrowLeft: () => at - 1, Home: () => 0, End: () => this.#hits.length - 1,
      ArrowDown: () => this.#vertical(1), ArrowUp: () => this.#vertical(-1),
      PageDown: () => this.#vertical(page), PageUp: () => this.#vertical(-page),
    };
    return moves[key] ? moves[key]() : null;
  }

  #measure() {
    const style = getComputedStyle(this.#list);
    const pixels = (name) => parseFloat(style.getPropertyValue(name));
    const caption = this.#hits.some((hit) => hit.probability !== null) ? pixels("--caption") : 0;
    return { width: this.#list.clientWidth, height: pixels("--row"), gap: pixels("--gap"), caption };
  }

  #resized() {
    if (!this.#hits.length || this.#list.clientWidth === this.#size?.width) return;
    this.#rows = [];
    this.extend();
  }

  #soon() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    if (!this.#size) return;
    const above = -this.#list.getBoundingClientRect().top;
    const first = rowAt(this.#rows, above - BEYOND, this.#size);
    const needed = new Map();
    let at = first;
    for (; at < this.#rows.length && this.#rows[at].top < above + innerHeight + BEYOND; at++) this.#placesOf(at, needed);
    if (this.#list.contains(document.activeElement)) this.#placesOf(this.#row(this.#active), needed);
    this.#exchange(needed);
    if (heightOf(this.#rows, this.#size) < above + innerHeight + AHEAD) this.emit("end");
  }

  #placesOf(at, needed) {
    const row = this.#rows[at];
    let x = 0;
    for (let position = row.start; position < row.end; position++) {
      const width = ratioOf(this.#hits[position]) * row.height;
      needed.set(position, { x, y: row.top, width, height: row.height });
      x += width + this.#size.gap;
    }
  }

  #exchange(needed) {
    for (const [position, item] of this.#tiles) {
      if (needed.has(position)) continue;
      discard(item);
      this.#tiles.delete(position);
    }
    let next = this.#list.firstChild; // elements stand in the order of the hits, for those who read with their ears
    for (const position of [...needed.keys()].sort((a, b) => a - b)) {
      let item = this.#tiles.get(position);
      if (item) next = item.nextSibling;
      else {
        item = tile(this.#hits[position], position, this.#isSelected(this.#hits[position].id));
        this.#tiles.set(position, item);
        this.#list.insertBefore(item, next);
      }
      place(item, needed.get(position));
      item.setAttribute("aria-setsize", String(this.#hits.length));
      this.#setTab(item, position === this.#active);
    }
  }

  #activate(position) {
    const before = this.#tiles.get(this.#active);
    if (before) this.#setTab(before, false);
    this.#active = position;
    this.#setTab(this.#tiles.get(position), true);
  }

  #setTab(item, reachable) {
    for (const control of item.children) control.tabIndex = reachable ? 0 : -1;
  }

  #row(position) {
    let low = 0, high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle].end <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #vertical(steps) {
    const from = this.#row(this.#active);
    const to = Math.min(Math.max(from + steps, 0), this.#rows.length - 1);
    if (to === from) return this.#active;
    const here = new Map(), there = new Map();
    this.#placesOf(from, here);
    this.#placesOf(to, there);
    const middle = (one) => one.x + one.width / 2;
    const wanted = middle(here.get(this.#active));
    const distance = ([, one]) => Math.abs(middle(one) - wanted);
    return [...there].reduce((best, one) => (distance(one) < distance(best) ? one : best))[0];
  }

  #reveal(at) {
    const { top, height } = this.#rows[at];
    const y = this.#list.getBoundingClientRect().top + top;
    const covered = document.querySelector(".box").getBoundingClientRect().bottom + 12;
    const bottom = y + height + this.#size.caption + 24;
    if (y < covered) scrollBy({ top: y - covered, behavior: "instant" });
    else if (bottom > innerHeight) scrollBy({ top: bottom - innerHeight, behavior: "instant" });
  }
}
