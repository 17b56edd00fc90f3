// A picture of the user's: picked, pasted or dropped.

import { element, pathOf } from "./dom.js";
import { Events } from "./events.js";

const isPicture = (file) => file?.type.startsWith("image/");

/** Emits "search" and "describe" with a file, "open", "remove", "refused" with a message. */
export class Picture extends Events {
  #chip = element("picture");
  #overlay = element("dropping");
  #address = "";

  constructor() {
    super();
    element("file").addEventListener("change", (event) => {
      this.#take("search", event.target.files[0]);
      event.target.value = ""; // so that the same file can be picked again
    });
    element("remove-picture").addEventListener("click", () => this.emit("remove"));
    element("open-picture").addEventListener("click", () => this.emit("open"));
    addEventListener("paste", (event) => {
      const file = [...event.clipboardData.files].find(isPicture);
      if (!file) return;
      event.preventDefault();
      this.#take("search", file);
    });
    this.#drop();
  }

  /** Show which picture is searched by: a file, an image of the index, or none. */
  show(file, like) {
    const image = this.#chip.querySelector("img");
    this.#chip.hidden = !file && !like;
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = file ? URL.createObjectURL(file) : "";
    if (file) image.src = this.#address;
    else if (like) image.src = pathOf("thumbnails", like);
    else image.removeAttribute("src");
  }

  #take(what, file) {
    if (isPicture(file)) this.emit(what, file);
    else if (file) this.emit("refused", `${file.name} is no picture.`);
  }

  #drop() {
    const show = (shown) => { this.#overlay.hidden = !shown; };
    const hasFiles = (event) => [...event.dataTransfer.types].includes("Files");
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(true);
      for (const zone of this.#overlay.children) zone.classList.toggle("over", zone.contains(event.target));
    });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) show(false); });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(false);
      const files = [...event.dataTransfer.files];
      this.#take(event.target.closest?.("#drop-describe") ? "describe" : "search", files.find(isPicture) ?? files[0]);
    });
  }
}
