// What is being looked at, and its place in the address bar: a link shows the same to somebody else.
//
//   q, like          the sentence, or the id of an image that hits resemble
//   p                lowest probability shown
//   text             1: words of stored sentences count, too
//   is.COLUMN        a value of a column, several times for several values
//   from.COLUMN, to.COLUMN, has.COLUMN   bounds of a column, and words that it contains
//   where            an SQL condition
//   image, phrase    the image that is open, and what is looked for in it
//
// A picture of the user's is in no address; within one visit, back and forward find it by its number.

import { Events } from "./events.js";

export const START = {
  query: "", like: "", picture: 0, minProbability: 0, text: false, filters: {}, where: "",
  image: "", describing: false, phrase: "",
};

const KINDS = ["is", "from", "to", "has"];

/** The query string of a state; empty for the start. */
export function toAddress(state) {
  const parts = new URLSearchParams();
  if (state.query) parts.set("q", state.query);
  if (state.like) parts.set("like", state.like);
  if (state.minProbability) parts.set("p", String(state.minProbability));
  if (state.text) parts.set("text", "1");
  for (const [column, filter] of Object.entries(state.filters)) {
    for (const kind of KINDS) for (const value of [filter[kind] ?? []].flat()) parts.append(`${kind}.${column}`, value);
  }
  if (state.where) parts.set("where", state.where);
  if (state.image) parts.set("image", state.image);
  if (state.image && state.phrase) parts.set("phrase", state.phrase);
  return parts.size ? `?${parts}` : "";
}

/** The state of a query string; what is not understood is left out. */
export function fromAddress(search) {
  const parts = new URLSearchParams(search);
  const bound = Number(parts.get("p") ?? 0);
  return {
    ...START,
    query: parts.get("q") ?? "",
    like: parts.has("q") ? "" : (parts.get("like") ?? ""),
    minProbability: bound > 0 && bound <= 1 ? bound : 0,
    text: parts.get("text") === "1",
    filters: filtersOf(parts),
    where: parts.get("where") ?? "",
    image: parts.get("image") ?? "",
    phrase: parts.get("phrase") ?? "",
  };
}

function filtersOf(parts) {
  const filters = {};
  for (const [name, value] of parts) {
    const dot = name.indexOf(".");
    const kind = name.slice(0, dot), column = name.slice(dot + 1);
    if (!KINDS.includes(kind) || !column || column === "__proto__") continue;
    filters[column] ??= {};
    if (kind === "is") (filters[column].is ??= []).push(value);
    else filters[column][kind] = value;
  }
  return filters;
}

/** The state of the page; emits "change" with the state and the one before it. */
export class Store extends Events {
  constructor() {
    super();
    this.state = { ...fromAddress(location.search) };
    addEventListener("popstate", (event) => {
      const { picture = 0, describing = false } = event.state ?? {};
      this.#set({ ...fromAddress(location.search), picture, describing });
    });
  }

  /** Change a part of the state. `push`: going back leads to the state before; otherwise it is replaced. */
  change(changes, { push = false, opened = false } = {}) {
    const state = { ...this.state, ...changes };
    const entry = { picture: state.picture, describing: state.describing, opened };
    history[push ? "pushState" : "replaceState"](entry, "", toAddress(state) || location.pathname);
    this.#set(state);
  }

  #set(state) {
    const before = this.state;
    this.state = state;
    this.emit("change", state, before);
  }
}
