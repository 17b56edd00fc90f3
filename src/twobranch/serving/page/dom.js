// Elements from values. Text from the index becomes text, never HTML.

export const element = (id) => document.getElementById(id);

/** An element with properties (those with a dash are attributes) and children. */
export function make(tag, properties = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** Where a picture of the index is: its thumbnail, or the file itself. */
export const pathOf = (kind, id) => `${kind}/${id.split("/").map(encodeURIComponent).join("/")}`;

/** Whether a key that was pressed belongs to what is being written. */
export const isWriting = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";
