// Keys that work anywhere on the page.

import { element, isWriting } from "./dom.js";

/** Listen. `actions` has a function for each thing that a key does. */
export function listenToKeys({ grid, query, pick }) {
  const help = element("help");
  element("help-open").addEventListener("click", () => help.showModal());
  element("help-close").addEventListener("click", () => help.close());
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const writing = isWriting(event.target);
    if (event.key === "ArrowDown" && event.target === element("query")) take(event, () => grid.focus(grid.active));
    else if (writing) return;
    else if (event.key === "/") take(event, () => query.focus());
    else if (event.key === "?") take(event, () => help.showModal());
    else if (event.target.closest(".tile")) inGrid(event);
  });

  function inGrid(event) {
    if (event.key === "x") return take(event, () => pick(grid.active));
    if (event.key === "Escape") return take(event, () => query.focus());
    const target = grid.target(event.key);
    if (target === null) return;
    take(event, () => (event.key === "ArrowUp" && target === grid.active ? query.focus() : grid.focus(target)));
  }
}

function take(event, action) {
  event.preventDefault();
  action();
}
