// Numbers and names as people read them.

/** A probability; it is never said to be certain. */
export const percent = (p) => (p >= 0.995 ? "> 99 %" : p < 0.01 ? "< 1 %" : `${Math.round(p * 100)} %`);

export const number = (n) => n.toLocaleString("en");

export const count = (n, word) => `${number(n)} ${word}${n === 1 ? "" : "s"}`;

/** The file name of an id, and the folders before it. */
export function nameOf(id) {
  const cut = id.lastIndexOf("/") + 1;
  return { folder: id.slice(0, cut), name: id.slice(cut) };
}
