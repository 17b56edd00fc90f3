// The REST interface, as functions.

import { connection } from "./connection.js";

/** The server refused: its message says what is wrong and what to do. */
export class Refused extends Error {}

/** Nobody answers; `connection` tells when that changes. */
export class Gone extends Error {}

/** Whether an error only says that nobody waits for the answer any more. */
export const isStopped = (error) => error.name === "AbortError";

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (isStopped(error)) throw error;
    connection.lost();
    throw new Gone("The server does not answer.");
  }
  const text = await answer.text();
  const detail = answer.ok ? "" : detailOf(text);
  if ([502, 503, 504].includes(answer.status) && !detail) { // a proxy that finds nobody behind it
    connection.lost();
    throw new Gone("The server does not answer.");
  }
  connection.heard();
  if (!answer.ok) throw new Refused(detail || `The server answered with ${answer.status}: ${text.trim().slice(0, 300)}`);
  return JSON.parse(text);
}

function detailOf(text) {
  try {
    return String(JSON.parse(text).detail ?? "");
  } catch {
    return "";
  }
}

function given(fields) {
  return Object.entries(fields).filter(([, value]) => value !== undefined && value !== "" && value !== null);
}

/** A picture of the user's goes as a form, all else as JSON. A subject is {file} or {id}. */
function send(path, subject, fields, signal) {
  if (!subject.file) {
    const body = JSON.stringify({ ...subject, ...Object.fromEntries(given(fields)) });
    return call(path, { method: "POST", body, headers: { "content-type": "application/json" }, signal });
  }
  const body = new FormData();
  for (const [name, value] of given(fields)) for (const one of [value].flat()) body.append(name, String(one));
  body.append("image", subject.file);
  return call(path, { method: "POST", body, signal });
}

export const about = () => call("about");

/**
 * Images for a query {query} | {like} | {file}.
 * Options: k, offset, where, min_probability, text, as the interface at /docs describes them.
 */
export function search({ file, ...query }, options, signal) {
  if (file) return send("search", { file }, options, signal);
  return call(`search?${new URLSearchParams(given({ ...query, ...options }))}`, { signal });
}

/** The best sentences for a picture: of a list, or of those that the index stores. */
export const annotate = (subject, sentences, k, signal) =>
  send("annotate", subject, { k, sentences: sentences ?? undefined }, signal);

/** The boxes of a text's phrases in a picture. Text in quotation marks is one phrase. */
export function ground(subject, text, k, signal) {
  const quoted = /^["“](.+)["”]$/.exec(text);
  return send("ground", subject, { k, ...(quoted ? { phrase: quoted[1] } : { sentence: text }) }, signal);
}
