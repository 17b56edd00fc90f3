// Controls made from the columns of the index: values with counts, ranges, words; and SQL for those who know it.

import { make } from "./dom.js";
import { Events } from "./events.js";
import { number } from "./format.js";

const MANY = 6; // values from which on a column takes the whole width
const SHOWN = 8; // values that are seen without asking for more
const UNSEEN = ["path", "sha256", "bytes", "mtime_ns"];
const FIELDS = { integer: "number", number: "number", date: "date", time: "datetime-local" };

/** Emits "change" with the filters. */
export class Filters extends Events {
  #place;
  #columns = [];
  #filters = {};

  constructor(place) {
    super();
    this.#place = place;
  }

  /** Make the controls of these columns. */
  build(columns, filters) {
    this.#columns = columns.filter(isUseful);
    this.#filters = filters;
    this.#place.replaceChildren(...this.#columns.map((column) => this.#control(column)));
    this.#place.hidden = !this.#columns.length;
  }

  /** Show filters that were set elsewhere. */
  set(filters) {
    if (JSON.stringify(filters) === JSON.stringify(this.#filters)) return;
    this.build(this.#columns, filters);
  }

  #control(column) {
    const filter = this.#filters[column.name] ?? {};
    const kind = column.values ? "values" : isRange(column) ? "range" : "words";
    const controls = { values: () => this.#values(column, filter), range: () => this.#range(column, filter), words: () => this.#words(column, filter) };
    const many = column.values?.length > MANY ? "many" : "";
    return make("fieldset", { className: many }, [make("legend", { textContent: column.name }), ...controls[kind]()]);
  }

  #values(column, filter) {
    const chosen = new Set(filter.is ?? []);
    const missing = [...chosen].filter((value) => !column.values.some((one) => String(one.value) === value));
    const known = isRange(column) ? column.values.toSorted((a, b) => (a.value < b.value ? -1 : 1)) : column.values;
    const all = [...known, ...missing.map((value) => ({ value, count: 0 }))];
    const chips = all.map(({ value, count }, at) => {
      const box = make("input", { type: "checkbox", value: String(value), checked: chosen.has(String(value)) });
      box.addEventListener("change", () => {
        chosen[box.checked ? "add" : "delete"](box.value);
        this.#put(column.name, { ...this.#filters[column.name], is: [...chosen] });
      });
      const label = make("label", { className: "chip" }, [box, String(value), make("small", { textContent: number(count) })]);
      label.hidden = at >= SHOWN && !box.checked;
      return label;
    });
    const hidden = chips.filter((chip) => chip.hidden);
    if (!hidden.length) return chips;
    const more = make("button", { type: "button", className: "plain", textContent: `${hidden.length} more` });
    more.addEventListener("click", () => {
      for (const chip of hidden) chip.hidden = false;
      hidden[0].firstChild.focus();
      more.remove();
    });
    return [...chips, more];
  }

  #range(column, filter) {
    const field = (bound, limit) => this.#field(column, bound, {
      type: FIELDS[column.type],
      step: column.type === "integer" ? "1" : "any",
      value: filter[bound] ?? "",
      placeholder: String(limit ?? ""),
      "aria-label": `${column.name}, ${bound}`,
    });
    const fields = [field("from", column.min), make("span", { textContent: "to" }), field("to", column.max)];
    return [make("span", { className: "bounds" }, fields)];
  }

  #words(column, filter) {
    return [this.#field(column, "has", {
      type: "search", value: filter.has ?? "", placeholder: "contains …", spellcheck: false, "aria-label": `${column.name} contains`,
    })];
  }

  #field(column, part, properties) {
    const field = make("input", properties);
    field.addEventListener("change", () =>
      this.#put(column.name, { ...this.#filters[column.name], [part]: field.value.trim() || undefined }));
    return field;
  }

  #put(column, filter) {
    const left = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value.length));
    const { [column]: _, ...others } = this.#filters;
    this.#filters = Object.keys(left).length ? { ...others, [column]: left } : others;
    this.emit("change", this.#filters);
  }
}

const isRange = ({ type }) => type in FIELDS;

/** Columns that a person would filter by: not the store's own, not one where all images are alike. */
function isUseful(column) {
  if (UNSEEN.includes(column.name)) return false;
  if (column.values) return column.values.length > 1;
  return column.type === "text" || (isRange(column) && column.min !== column.max);
}

/** A filter in words, for the line that says what is set. */
export function inWords(column, filter) {
  const parts = [];
  if (filter.is) parts.push(filter.is.join(" or "));
  if (filter.from && filter.to) parts.push(`${filter.from} to ${filter.to}`);
  else if (filter.from) parts.push(`from ${filter.from}`);
  else if (filter.to) parts.push(`up to ${filter.to}`);
  if (filter.has) parts.push(`contains “${filter.has}”`);
  return `${column}: ${parts.join(", ")}`;
}
