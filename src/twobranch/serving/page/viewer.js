// One picture, large: what is in it, its best sentences, where it leads.

import { search } from "./api.js";
import { element, make, isWriting, pathOf } from "./dom.js";
import { Events } from "./events.js";
import { nameOf, number, percent } from "./format.js";
import { Phrases } from "./phrases.js";
import { Sentences } from "./sentences.js";

/** Emits "close", "step" with -1 or 1, "phrase" with a text, "like", "pick" with whether. */
export class Viewer extends Events {
  #dialog = element("viewer");
  #image = element("viewed");
  #phrases = new Phrases();
  #sentences = new Sentences();
  #shown = ""; // what is shown: an id, or a picture of the user's
  #subject = null;
  #isThumbnail = false; // the file could not be shown
  #address = "";

  constructor() {
    super();
    this.#phrases.on("text", (text) => this.emit("phrase", text));
    this.#sentences.on("choose", (text) => {
      this.emit("phrase", text);
      element("stage").scrollIntoView({ block: "nearest" });
    });
    element("close").addEventListener("click", () => this.emit("close"));
    element("previous").addEventListener("click", () => this.emit("step", -1));
    element("next").addEventListener("click", () => this.emit("step", 1));
    element("like").addEventListener("click", () => this.emit("like"));
    element("pick").addEventListener("change", (event) => this.emit("pick", event.target.checked));
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.emit("close");
    });
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.emit("close"));
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#image.addEventListener("load", () => this.#proportion(this.#image.naturalWidth, this.#image.naturalHeight));
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /** Say what this index can do. */
  about({ sentences, grounding }) {
    element("grounding").hidden = !grounding;
    this.#sentences.canChoose = Boolean(grounding);
    this.#sentences.about(sentences ?? 0);
  }

  /**
   * Show an image of the index or a picture of the user's.
   *
   * @param {{id?: string, file?: File}} subject which.
   * @param {object|null} hit what a search said of it, if one did.
   * @param {{phrase: string, position: number, loaded: number, total: number, selected: boolean}} around it: what is
   *   looked for, its place among the hits (-1 for none), how many of all of them are there, whether it is selected.
   */
  show(subject, hit, around) {
    const key = subject.id ?? subject.file;
    this.#surroundings(subject, around);
    if (!this.#dialog.open) this.#dialog.showModal();
    if (key === this.#shown) return void this.#phrases.set(around.phrase);
    this.#shown = key;
    this.#subject = subject;
    if (hit) this.#proportion(hit.width, hit.height);
    this.#load(subject);
    this.#facts(subject, hit);
    if (!hit && subject.id) this.#findFacts(subject);
    this.#phrases.open(subject, around.phrase);
    this.#sentences.open(subject);
    element("facts").scrollTop = 0;
  }

  /** Close, and stop what is under way. */
  hide() {
    this.#shown = "";
    this.#phrases.open(null, "");
    this.#sentences.open(null);
    this.#image.removeAttribute("src");
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = "";
    if (this.#dialog.open) this.#dialog.close();
  }

  /** Ask again what failed while the server was gone. */
  retry() {
    if (!this.#dialog.open) return;
    if (this.#phrases.failed) this.#phrases.look();
    if (this.#sentences.failed) this.#sentences.rank();
    if (this.#isThumbnail || !this.#image.naturalWidth) this.#load(this.#subject);
  }

  #surroundings(subject, { position, loaded, total, selected }) {
    element("previous").disabled = position <= 0;
    element("next").disabled = position < 0 || position >= loaded - 1;
    element("steps").hidden = position < 0;
    element("position").textContent = position < 0 ? "" : `${number(position + 1)} of ${number(total)}`;
    element("pick").checked = selected;
    element("pick").parentElement.hidden = !subject.id;
  }

  #load({ id, file }) {
    const image = this.#image;
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = file ? URL.createObjectURL(file) : "";
    this.#isThumbnail = false;
    image.onerror = id ? () => {
      image.onerror = null;
      this.#isThumbnail = true;
      image.src = pathOf("thumbnails", id);
    } : null;
    image.src = file ? this.#address : pathOf("images", id);
    image.alt = id ?? file.name;
  }

  #proportion(width, height) {
    if (width && height) element("stage").style.setProperty("--ratio", String(width / height));
  }

  #facts({ id, file }, hit) {
    const { folder, name } = nameOf(id ?? file.name);
    element("name").replaceChildren(make("small", { textContent: folder }), name);
    const facts = Object.entries(hit?.metadata ?? {}).filter(([, value]) => value !== null);
    if (hit) facts.unshift(["size", `${hit.width} × ${hit.height}`]);
    if (hit && hit.score !== undefined) facts.unshift(["score", hit.score.toFixed(3)]);
    if (hit && hit.probability != null) facts.unshift(["match", percent(hit.probability)]);
    element("metadata").replaceChildren(...facts.flatMap(([key, value]) =>
      [make("dt", { textContent: key }), make("dd", { textContent: [value].flat().join(", ") })]));
    const open = element("open-file");
    open.hidden = !id;
    if (id) open.href = pathOf("images", id);
    element("like").textContent = id ? "More like this" : "Find images like it";
  }

  /** The facts of an image that a link names. */
  async #findFacts(subject) {
    try {
      const { results } = await search({ like: subject.id }, { k: 1, where: `id = '${subject.id.replaceAll("'", "''")}'` });
      if (results.length && subject.id === this.#shown) this.#facts(subject, { ...results[0], score: undefined, probability: null });
    } catch (error) {
      if (subject.id === this.#shown) element("phrase-note").textContent = error.message;
    }
  }

  #key(event) {
    if (isWriting(event.target) || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowRight" && !element("next").disabled) this.emit("step", 1);
    if (event.key === "ArrowLeft" && !element("previous").disabled) this.emit("step", -1);
    if (event.key === "x" && !element("pick").parentElement.hidden) element("pick").click();
    if (event.key === "/" && !element("grounding").hidden) {
      event.preventDefault();
      element("phrase").focus();
    }
  }
}
