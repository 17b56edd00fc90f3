// One hit in the grid.

import { make, pathOf } from "./dom.js";
import { nameOf, percent } from "./format.js";

/** A probability as a bar and in figures; nothing where there is none. */
export function bar(probability) {
  if (probability === null || probability === undefined) return [];
  const fill = make("span", { className: "fill" });
  fill.style.width = `${Math.round(probability * 1000) / 10}%`;
  return [make("span", { className: "bar" }, [make("span", { className: "track" }, [fill]), percent(probability)])];
}

/** The element of a hit at a position among all. Its two controls are told apart by their classes, open and pick. */
export function tile(hit, position, selected) {
  const { name } = nameOf(hit.id);
  const image = make("img", { src: pathOf("thumbnails", hit.id), alt: name, decoding: "async", draggable: false });
  const open = make("button", { type: "button", className: "open", title: hit.id }, [
    make("span", { className: "frame" }, [image]), ...bar(hit.probability),
  ]);
  const pick = make("input", { type: "checkbox", className: "pick", checked: selected, "aria-label": `Select ${name}` });
  const item = make("li", { className: "tile", "aria-posinset": String(position + 1) }, [open, pick]);
  item.dataset.position = String(position);
  item.dataset.id = hit.id;
  return item;
}

/** Put an element where its picture goes; sizes in pixels. */
export function place(item, { x, y, width, height }) {
  item.style.transform = `translate(${x}px, ${y}px)`;
  item.style.width = `${width}px`;
  item.firstChild.firstChild.style.height = `${height}px`;
}

/** Stop loading the picture of an element that is no longer needed. */
export function discard(item) {
  item.querySelector("img").removeAttribute("src");
  item.remove();
}
