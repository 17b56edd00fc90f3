// The hits of a search, fetched block by block as somebody gets to them.

import { isStopped, search } from "./api.js";
import { Events } from "./events.js";

const FIRST = 60; // hits of the first block; each block has twice as many as the one before
const MOST = 960; // hits of a block

/** Emits "start", "found" (of a new search), "more", "failed" with an error. */
export class Results extends Events {
  hits = [];
  summary = null; // candidates, images, any_match, milliseconds
  complete = true;
  #request = null;
  #controller = null;
  #known = new Set();
  #offset = 0;

  /** Forget everything. */
  clear() {
    this.#controller?.abort();
    this.#request = this.#controller = null;
    this.#forget();
  }

  /** Search for {query, options}; hits of an earlier search stay until the new ones are there. */
  async start(request) {
    this.#controller?.abort();
    this.#request = request;
    this.emit("start");
    await this.#fetch(FIRST, true);
  }

  /** The next block, if there is one and none is on its way. */
  async more() {
    if (this.complete || this.#controller) return;
    await this.#fetch(Math.min(MOST, Math.max(FIRST, this.#offset)), false);
  }

  #forget() {
    this.hits = [];
    this.#known.clear();
    this.#offset = 0;
    this.complete = true;
    this.summary = null;
  }

  async #fetch(k, first) {
    const { query, options } = this.#request;
    const mine = (this.#controller = new AbortController());
    const offset = first ? 0 : this.#offset;
    const started = performance.now();
    try {
      const answer = await search(query, { ...options, k, offset }, mine.signal);
      if (mine !== this.#controller) return;
      this.#controller = null;
      if (first) this.#forget();
      this.#take(answer, offset + k, performance.now() - started);
      this.emit(first ? "found" : "more");
    } catch (error) {
      if (mine !== this.#controller || isStopped(error)) return;
      this.#controller = null;
      this.emit("failed", error);
    }
  }

  #take(answer, offset, milliseconds) {
    // Images that came into the index between two blocks move the others: none is shown twice.
    const fresh = answer.results.filter((hit) => !this.#known.has(hit.id));
    for (const hit of fresh) this.#known.add(hit.id);
    this.hits.push(...fresh);
    // Blocks are cut from the ranking before the bound drops hits: an empty one is the end, a short one only where
    // the order is that of the probability.
    const ended = answer.results.length === 0 || (answer.ordered_by === "score" && answer.results.length < offset - this.#offset);
    this.#offset = offset;
    this.complete = ended || offset >= answer.candidates;
    this.summary ??= { ...answer, results: undefined, milliseconds };
  }
}
