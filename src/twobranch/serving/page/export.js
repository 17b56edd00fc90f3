// Chosen images as a file.

import { make } from "./dom.js";

const FACTS = ["id", "path", "query", "score", "probability", "width", "height"];

/** Rows with a header, as RFC 4180 has them; a metadata column of a fact's name is called metadata_NAME. */
export function toCsv(records) {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record.metadata)))];
  const header = [...FACTS, ...columns.map((name) => (FACTS.includes(name) ? `metadata_${name}` : name))];
  const rows = records.map((record) => [...FACTS.map((name) => record[name]), ...columns.map((name) => record.metadata[name])]);
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One document, like that of a search. */
export const toJson = (records) => `${JSON.stringify({ images: records.length, results: records }, null, 2)}\n`;

/** Hand a text to the person as a file. */
export function download(text, name, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
