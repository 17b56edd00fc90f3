// What is looked for inside a picture: a text, its phrases, and where they are.

import { Gone, ground, isStopped } from "./api.js";
import { Boxes, colorOf } from "./boxes.js";
import { element, make } from "./dom.js";
import { Events } from "./events.js";
import { count, percent } from "./format.js";

const PAUSE = 600; // milliseconds after the last key: an answer takes longer than that of a search

/** Emits "text" with what was written. */
export class Phrases extends Events {
  failed = false;
  #field = element("phrase");
  #each = element("boxes-each");
  #found = element("found-phrases");
  #note = element("phrase-note");
  #boxes = new Boxes(element("boxes"));
  #subject = null;
  #asked = null; // the text that was looked for last
  #controller = null;
  #timer = 0;

  constructor() {
    super();
    this.#field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#written(), PAUSE);
    });
    element("ground").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#written();
    });
    this.#each.addEventListener("change", () => this.look());
  }

  /** Look in another picture, {id} or {file}, for a text; null for none. */
  open(subject, text) {
    this.#subject = subject;
    this.#asked = null;
    this.set(text);
  }

  /** Look for another text; the same one again leaves what is being written alone. */
  set(text) {
    if (text === this.#asked) return;
    clearTimeout(this.#timer);
    this.#field.value = text;
    this.look();
  }

  /** Look for what stands in the field. */
  async look() {
    this.#controller?.abort();
    const mine = (this.#controller = new AbortController());
    const text = this.#field.value.trim();
    this.#asked = text;
    this.failed = false;
    if (!this.#subject || !text) return this.#clear("");
    this.#found.classList.add("stale");
    try {
      const answer = await ground(this.#subject, text, Number(this.#each.value), mine.signal);
      if (mine === this.#controller) this.#show(text, answer);
    } catch (error) {
      if (mine !== this.#controller || isStopped(error)) return;
      this.failed = error instanceof Gone;
      this.#clear(error.message);
    }
  }

  #written() {
    clearTimeout(this.#timer);
    this.emit("text", this.#field.value.trim());
  }

  #clear(message) {
    this.#boxes.clear();
    this.#found.replaceChildren();
    this.#found.classList.remove("stale");
    this.#note.textContent = message;
  }

  #show(text, answer) {
    this.#clear("");
    this.#boxes.show(answer);
    this.#boxes.highlight(null);
    this.#found.append(...pieces(text, answer.phrases).map((piece) => (typeof piece === "string" ? piece : this.#button(piece))));
    const boxes = answer.phrases.reduce((sum, phrase) => sum + phrase.boxes.length, 0);
    const rough = answer.trained_on === "whole pictures" ? "; not precise, for this matcher was trained on whole pictures" : "";
    this.#note.textContent = `${count(answer.phrases.length, "phrase")}, ${boxes === 1 ? "1 box" : `${boxes} boxes`}${rough}`;
  }

  #button({ text, phrase, at }) {
    const best = phrase.boxes[0];
    const chance = best && best.probability !== null ? make("small", { textContent: percent(best.probability) }) : "";
    const button = make("button", { type: "button", className: "phrase", "aria-pressed": "false" }, [text, chance]);
    button.style.setProperty("--color", colorOf(at));
    let held = false;
    const show = (on) => this.#boxes.highlight(on || held ? at : null);
    for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => show(true));
    for (const name of ["pointerleave", "blur"]) button.addEventListener(name, () => show(false));
    button.addEventListener("click", () => { // for fingers, which do not hover
      held = !held;
      for (const other of this.#found.querySelectorAll(".phrase")) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(held));
      show(held);
    });
    return button;
  }
}

/**
 * A text cut into its phrases and what stands between them. The server counts characters, JavaScript halves of some.
 */
export function pieces(text, phrases) {
  const characters = Array.from(text);
  const slice = (start, end) => characters.slice(start, end).join("");
  const cut = [];
  let end = 0;
  phrases.forEach((phrase, at) => {
    if (phrase.start > end) cut.push(slice(end, phrase.start));
    cut.push({ text: slice(phrase.start, phrase.end), phrase, at });
    end = phrase.end;
  });
  if (end < characters.length) cut.push(slice(end));
  return cut;
}
