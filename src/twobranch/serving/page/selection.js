// The images that somebody has chosen, across searches.

import { Events } from "./events.js";

/** Emits "change". What is kept of each image is what the search that found it said. */
export class Selection extends Events {
  #records = new Map();

  get size() {
    return this.#records.size;
  }

  get records() {
    return [...this.#records.values()];
  }

  has(id) {
    return this.#records.has(id);
  }

  /** Choose a hit of a query, or leave it out. */
  set(hit, chosen, query) {
    this.#set(hit, chosen, query);
    this.emit("change");
  }

  /** Choose all of these. */
  add(hits, query) {
    for (const hit of hits) if (!this.has(hit.id)) this.#set(hit, true, query);
    this.emit("change");
  }

  clear() {
    this.#records.clear();
    this.emit("change");
  }

  #set(hit, chosen, query) {
    if (!chosen) return this.#records.delete(hit.id);
    const { id, path, score, probability, width, height, metadata } = hit;
    this.#records.set(id, { id, path, query, score, probability, width, height, metadata });
  }
}
