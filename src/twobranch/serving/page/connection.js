// Whether the server answers. While it does not, it is asked again and again, and its return is told.

import { Events } from "./events.js";

const HEARTBEAT = 15_000; // milliseconds between two looks while nothing else is asked
const PAUSES = [500, 1000, 2000, 4000]; // before each new attempt; the last one stays

/** Emits "gone" and "back". */
class Connection extends Events {
  up = true;
  #attempts = 0;
  #timer = 0;

  /** A request was answered. */
  heard() {
    if (this.up) return;
    this.up = true;
    this.#attempts = 0;
    this.emit("back");
  }

  /** A request found nobody. */
  lost() {
    if (this.up) {
      this.up = false;
      this.emit("gone");
    }
    this.#again(PAUSES[Math.min(this.#attempts++, PAUSES.length - 1)]);
  }

  /** Look now: something failed that does not say why. */
  check() {
    return this.#look();
  }

  /** Look from time to time, while somebody sees the page. */
  watch() {
    this.#again(HEARTBEAT);
    addEventListener("online", () => this.#look());
    addEventListener("visibilitychange", () => document.hidden || this.#look());
  }

  #again(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), pause);
  }

  async #look() {
    if (document.hidden && this.up) return this.#again(HEARTBEAT);
    try {
      const answer = await fetch("health", { cache: "no-store" });
      if (!answer.ok) return this.lost();
      this.#again(HEARTBEAT);
      this.heard();
    } catch {
      this.lost();
    }
  }
}

export const connection = new Connection();
