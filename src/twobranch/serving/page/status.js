// The line above the hits: how many, how sure, or what went wrong.

import { element, make } from "./dom.js";
import { count, number, percent } from "./format.js";

const line = element("status");

function say(kind, strong, text) {
  line.className = kind;
  line.replaceChildren(...(strong ? [make("b", { textContent: strong }), " "] : []), text);
}

/** Say nothing; the page shows how to begin. */
export const sayNothing = () => say("", "", "");

export const sayError = (message) => say("notice", "", message);

/** Whether a search found nothing to rely on. */
export const isDoubtful = (summary) => summary.any_match !== null && summary.any_match < 0.5;

/** Say what a search found. */
export function sayFound({ hits, summary, complete }, { minProbability, filtered }) {
  const among = count(summary.candidates, "image");
  if (!summary.images) return say("notice", "The index holds no images.", "");
  if (!summary.candidates) return say("notice", "Nothing to search.", filtered ? "No image passes the filters." : "");
  if (!hits.length) {
    return say("notice", "No good match.", minProbability ? `None of ${among} reaches ${percent(minProbability)}.` : "");
  }
  if (isDoubtful(summary)) {
    return say("notice", "Perhaps no good match.", `${percent(summary.any_match)} that any of ${among} shows this. The nearest:`);
  }
  const shown = minProbability && complete ? `${number(hits.length)} of ${among}` : among;
  return say("", "", `${shown} · ${Math.max(1, Math.round(summary.milliseconds))} ms`);
}
