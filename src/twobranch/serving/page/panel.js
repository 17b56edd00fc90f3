// The panel of filters, and the line that says which are set.

import { filterCount } from "./conditions.js";
import { element, make } from "./dom.js";
import { Events } from "./events.js";
import { Filters, inWords } from "./filters.js";

/** Emits "filters" with filters, "where" with an SQL condition. */
export class FilterPanel extends Events {
  #toggle = element("filter-toggle");
  #panel = element("filter-panel");
  #where = element("where");
  #filters = new Filters(element("filters"));

  constructor() {
    super();
    this.#toggle.addEventListener("click", () => this.open(this.#panel.hidden));
    this.#filters.on("change", (filters) => this.emit("filters", filters));
    this.#where.addEventListener("change", () => this.emit("where", this.#where.value.trim()));
    this.#where.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.emit("where", this.#where.value.trim());
    });
    element("clear-filters").addEventListener("click", () => {
      this.emit("clear");
      this.#toggle.focus();
    });
  }

  open(shown) {
    this.#panel.hidden = !shown;
    this.#toggle.setAttribute("aria-expanded", String(shown));
  }

  /** Make the controls of the index's columns, the user's own first. */
  about({ columns, metadata }, state) {
    const own = (column) => metadata.includes(column.name);
    this.#filters.build([...columns.filter(own), ...columns.filter((column) => !own(column))], state.filters);
    element("columns").textContent = columns.map((column) => column.name).join(", ");
    this.show(state);
  }

  /** Show what is set. */
  show(state) {
    const count = filterCount(state);
    this.#filters.set(state.filters);
    this.#where.value = state.where;
    if (state.where) element("sql").open = true;
    element("filter-count").textContent = count ? String(count) : "";
    element("clear-filters").hidden = !count;
    element("filters-set").replaceChildren(
      ...Object.entries(state.filters).map(([column, filter]) => {
        const { [column]: _, ...others } = state.filters;
        return this.#set(inWords(column, filter), () => this.emit("filters", others));
      }),
      ...(state.where ? [this.#set(state.where, () => this.emit("where", ""))] : []));
  }

  #set(text, remove) {
    const button = make("button", { type: "button", className: "set", title: "Remove this filter" }, [
      text, make("span", { textContent: "×", "aria-hidden": "true" }),
    ]);
    button.setAttribute("aria-label", `Remove the filter ${text}`);
    button.addEventListener("click", () => {
      remove();
      this.#toggle.focus();
    });
    return button;
  }
}
