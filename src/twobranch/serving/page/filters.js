// Controls made from the columns of the index: values with counts, ranges, words; and SQL for those who know it.

import { isDate, isNumber, isTime } from "./conditions.js";
import { make } from "./dom.js";
import { Events } from "./events.js";
import { number } from "./format.js";

const SHOWN = 8; // values that are seen without asking for more

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
    const controls = column.values ? this.#values(column, filter) : isRange(column) ? this.#range(column, filter) : this.#words(column, filter);
    return make("fieldset", { className: column.values ? "values" : "" }, [make("legend", { textContent: column.name }), ...controls]);
  }

  #values(column, filter) {
    const chosen = new Set(filter.is ?? []);
    const known = column.values.filter(({ value }) => value !== null);
    const missing = [...chosen].filter((value) => !known.some((one) => String(one.value) === value));
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
    const field = (bound, sign, limit) => this.#field(column, bound, {
      type: isDate(column.type) ? "date" : isTime(column.type) ? "datetime-local" : "number",
      step: /int/.test(column.type) ? "1" : "any",
      value: filter[bound] ?? "",
      placeholder: String(limit ?? ""),
      "aria-label": `${column.name}, ${bound}`,
    });
    return [make("span", { className: "range" }, [field("from", ">=", column.min), make("span", { textContent: "to" }), field("to", "<=", column.max)])];
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

const isRange = ({ type }) => isNumber(type) || isDate(type) || isTime(type);

/** Columns that a person would filter by: not one where all images are alike, no lists. */
function isUseful(column) {
  if (/^(list|large_list|fixed)/.test(column.type)) return false;
  if (column.values) return column.values.length > 1 || column.values.length === 1 && column.values[0].count > 0;
  return !isRange(column) || column.min !== column.max;
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
