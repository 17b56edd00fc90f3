// Boxes over a picture.

import { make } from "./dom.js";
import { percent } from "./format.js";

const COLORS = 6; // of the style sheet: --box-1 to --box-6

/** The CSS color of the phrase at a place in its sentence. */
export const colorOf = (at) => `var(--box-${(at % COLORS) + 1})`;

/** The boxes of phrases, in an element that lies exactly over the picture. */
export class Boxes {
  #layer;

  constructor(layer) {
    this.#layer = layer;
  }

  clear() {
    this.#layer.replaceChildren();
  }

  /** Draw an answer of /ground: {width, height, phrases}. */
  show({ width, height, phrases }) {
    this.#layer.replaceChildren(...phrases.flatMap((phrase, at) => [...phrase.boxes].reverse().map((found) => {
      const [x0, y0, x1, y1] = found.box;
      const chance = found.probability === null ? "" : ` ${percent(found.probability)}`;
      const label = make("span", { className: y0 < 0.08 * height ? "label inside" : "label", textContent: `${phrase.phrase}${chance}` });
      const box = make("div", { className: found === phrase.boxes[0] ? "found" : "found further" }, [label]);
      box.dataset.phrase = String(at);
      box.style.setProperty("--color", colorOf(at));
      box.style.left = `${(100 * x0) / width}%`;
      box.style.top = `${(100 * y0) / height}%`;
      box.style.width = `${(100 * (x1 - x0)) / width}%`;
      box.style.height = `${(100 * (y1 - y0)) / height}%`;
      return box;
    })));
  }

  /** Bring the boxes of one phrase to the front; null shows all alike. */
  highlight(at) {
    this.#layer.classList.toggle("one", at !== null);
    for (const box of this.#layer.children) box.classList.toggle("active", box.dataset.phrase === String(at));
  }
}
