// The bar of chosen images.

import { element } from "./dom.js";
import { download, toCsv, toJson } from "./export.js";
import { count } from "./format.js";

/** Keep the bar at the end of the window up to date with a selection. */
export function showSelection(selection) {
  selection.on("change", () => {
    element("chosen").hidden = !selection.size;
    element("chosen-count").textContent = `${count(selection.size, "image")} selected`;
    document.body.classList.toggle("choosing", selection.size > 0);
  });
  element("export-csv").addEventListener("click", () => download(toCsv(selection.records), "twobranch.csv", "text/csv"));
  element("export-json").addEventListener("click", () =>
    download(toJson(selection.records), "twobranch.json", "application/json"));
  element("choose-none").addEventListener("click", () => {
    selection.clear();
    element("query").focus();
  });
}
