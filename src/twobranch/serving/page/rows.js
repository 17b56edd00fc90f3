// Pictures of any shape in rows of equal width: pure arithmetic, so that a hundred thousand take milliseconds.

const NARROWEST = 0.5, WIDEST = 2.4;

/** Width by height of a hit, within what a row can take. */
export function ratioOf(hit) {
  const ratio = hit.width / hit.height;
  return ratio > 0 ? Math.min(WIDEST, Math.max(NARROWEST, ratio)) : 1;
}

/**
 * Lay out hits in rows, going on from rows that are there.
 *
 * @param {Array} rows rows {start, end, top, height}; the last one may be short and is laid out anew.
 * @param {Array} hits all hits.
 * @param {{width: number, height: number, gap: number, caption: number}} size of the grid in pixels: its width, the
 *   height that a row should have, the space between pictures, and that below each for its caption.
 */
export function layOut(rows, hits, size) {
  rows.pop();
  const last = rows.at(-1);
  let start = last ? last.end : 0;
  let top = last ? last.top + last.height + size.caption + size.gap : 0;
  while (start < hits.length) {
    const row = nextRow(hits, start, size);
    rows.push({ ...row, top });
    top += row.height + size.caption + size.gap;
    start = row.end;
  }
  return rows;
}

function nextRow(hits, start, { width, height, gap }) {
  let ratios = 0, end = start;
  while (end < hits.length) {
    ratios += ratioOf(hits[end++]);
    const fitting = (width - gap * (end - start - 1)) / ratios;
    if (fitting <= height) return { start, end, height: Math.max(fitting, 40) };
  }
  return { start, end, height }; // the last row is not stretched
}

/** The height of all rows. */
export function heightOf(rows, size) {
  const last = rows.at(-1);
  return last ? last.top + last.height + size.caption : 0;
}

/** The first row that reaches below `y`. */
export function rowAt(rows, y, size) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].top + rows[middle].height + size.caption < y) low = middle + 1;
    else high = middle;
  }
  return low;
}
