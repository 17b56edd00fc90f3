// The best sentences for a picture: of those that the index stores, or of a list of the user's own.

import { Gone, annotate, isStopped } from "./api.js";
import { element, make } from "./dom.js";
import { Events } from "./events.js";
import { number, percent } from "./format.js";
import { bar } from "./tile.js";

const SHOWN = 8;
const PAUSE = 500; // milliseconds after the last key in the list

/** Emits "choose" with a sentence. */
export class Sentences extends Events {
  failed = false;
  canChoose = true;
  #list = element("sentences");
  #note = element("sentences-note");
  #own = element("own-sentences");
  #ownList = element("source-own");
  #subject = null;
  #controller = null;
  #timer = 0;

  constructor() {
    super();
    for (const source of [this.#ownList, element("source-stored")]) {
      source.addEventListener("change", () => {
        this.#own.hidden = !this.#ownList.checked;
        if (this.#ownList.checked) this.#own.focus();
        this.rank();
      });
    }
    this.#own.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.rank(), PAUSE);
    });
  }

  /** Say how many sentences the index stores. */
  about(stored) {
    element("stored-count").textContent = number(stored);
    element("sources").hidden = !stored;
    if (!stored) this.#ownList.checked = true;
    this.#own.hidden = !this.#ownList.checked;
  }

  /** Rank for another picture, {id} or {file}; null for none. */
  open(subject) {
    this.#subject = subject;
    this.#list.replaceChildren();
    return this.rank();
  }

  /** Rank the sentences of the chosen list. */
  async rank() {
    clearTimeout(this.#timer);
    this.#controller?.abort();
    const mine = (this.#controller = new AbortController());
    const own = this.#ownList.checked ? this.#own.value.split("\n").filter((line) => line.trim()) : null;
    this.failed = false;
    if (!this.#subject) return;
    if (own && !own.length) return this.#show([], "Write or paste sentences, one per line.");
    this.#list.classList.add("stale");
    try {
      const answer = await annotate(this.#subject, own, SHOWN, mine.signal);
      if (mine !== this.#controller) return;
      const best = answer.results[0]?.probability ?? 0;
      const doubtful = answer.any_match !== null && answer.any_match < 0.5 && best < 0.5;
      this.#show(answer.results, doubtful ? `Perhaps none fits: ${percent(answer.any_match)} that one of them does.` : "");
    } catch (error) {
      if (mine !== this.#controller || isStopped(error)) return;
      this.failed = error instanceof Gone;
      this.#show([], error.message);
    }
  }

  #show(hits, message) {
    this.#list.classList.remove("stale");
    this.#list.replaceChildren(...hits.map((hit) => make("li", {}, [this.#sentence(hit.sentence), ...bar(hit.probability)])));
    this.#note.textContent = message;
  }

  #sentence(text) {
    if (!this.canChoose) return make("span", { textContent: text });
    const button = make("button", { type: "button", className: "sentence", textContent: text, title: "Show where it is in the picture" });
    button.addEventListener("click", () => this.emit("choose", text));
    return button;
  }
}
