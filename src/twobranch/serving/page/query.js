// The sentence that is typed, and how sure a hit must be.

import { element } from "./dom.js";
import { Events } from "./events.js";

const PAUSE = 160; // milliseconds after the last key

/** Emits "query" with a text and whether it begins a new search, to which going back leads. */
export class QueryField extends Events {
  #field = element("query");
  #timer = 0;
  #typing = false; // the changes of one time of typing are one step of going back

  constructor() {
    super();
    this.#field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#tell(), PAUSE);
    });
    this.#field.addEventListener("blur", () => { this.#typing = false; });
    element("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#tell();
      this.#typing = false;
    });
  }

  /** Show a text that was set elsewhere. */
  set(text, placeholder) {
    this.#field.placeholder = placeholder;
    if (document.activeElement === this.#field && this.#timer) return; // somebody is typing
    this.#field.value = text;
  }

  focus() {
    this.#field.focus();
    this.#field.select();
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.emit("query", this.#field.value, !this.#typing);
    this.#typing = true;
  }
}

/** Emits "change" with a probability. */
export class Threshold extends Events {
  #slider = element("threshold");
  #said = element("threshold-said");
  #timer = 0;

  constructor() {
    super();
    this.#slider.addEventListener("input", () => {
      this.#say();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.emit("change", Number(this.#slider.value) / 100), PAUSE);
    });
  }

  /** Show a bound; a search that gives no probabilities has none. */
  set(bound, usable) {
    this.#slider.disabled = !usable;
    this.#slider.value = String(Math.round(100 * bound));
    this.#slider.parentElement.title = usable ? "" : "Pictures are compared by score; a sentence is needed for probabilities";
    this.#say();
  }

  #say() {
    const value = Number(this.#slider.value);
    this.#said.textContent = value ? `≥ ${value} %` : "any";
    this.#slider.setAttribute("aria-valuetext", value ? `at least ${value} percent` : "any probability");
    this.#slider.style.setProperty("--value", `${value}%`);
  }
}
