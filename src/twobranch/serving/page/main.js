// The page: a state, and what shows it.

import { Gone, about as askAbout } from "./api.js";
import { showConnection } from "./banner.js";
import { showSelection } from "./chosen.js";
import { condition, filterCount } from "./conditions.js";
import { connection } from "./connection.js";
import { element } from "./dom.js";
import { count } from "./format.js";
import { Grid } from "./grid.js";
import { listenToKeys } from "./keys.js";
import { FilterPanel } from "./panel.js";
import { Picture } from "./picture.js";
import { QueryField, Threshold } from "./query.js";
import { Results } from "./results.js";
import { Selection } from "./selection.js";
import { Store } from "./state.js";
import { isDoubtful, sayError, sayFound, sayNothing } from "./status.js";
import { Viewer } from "./viewer.js";

const store = new Store(), results = new Results(), selection = new Selection();
const query = new QueryField(), threshold = new Threshold(), panel = new FilterPanel(), picture = new Picture();
const viewer = new Viewer(), grid = new Grid(element("grid"), (id) => selection.has(id));

const pictures = []; // those that were dropped, pasted or picked; the state has their number, counted from 1
let about = null; // what /about says, once it has
let failed = false; // whether something must be asked again when the server is back
let restored = false; // whether the focus goes back to the grid when the viewer closes

const fileOf = (state) => pictures[state.picture - 1] ?? null;
const isSentence = (state) => Boolean(state.query.trim()) && !state.like && !fileOf(state);
const hasQuery = (state) => Boolean(state.query.trim() || state.like || fileOf(state));

// From the state to a search

function search(state) {
  element("welcome").hidden = hasQuery(state);
  if (!about) return;
  if (!hasQuery(state)) return clear();
  const sure = isSentence(state) && about.calibrated;
  results.start({
    query: fileOf(state) ? { file: fileOf(state) } : state.like ? { like: state.like } : { query: state.query },
    options: {
      where: condition(about.columns, state.filters, state.where),
      min_probability: sure && state.minProbability ? state.minProbability : undefined,
      text: isSentence(state) && state.text ? "true" : undefined,
    },
  });
}

function clear() {
  results.clear();
  sayNothing();
  showHits();
}

function showHits() {
  const area = element("results");
  area.classList.remove("stale");
  area.classList.toggle("dim", Boolean(results.summary && isDoubtful(results.summary)));
  element("choose-all").hidden = !results.hits.length;
  element("choose-all").textContent = `Select ${results.complete ? "all" : "the first"} ${count(results.hits.length, "hit")}`;
  element("loading").hidden = results.complete;
}

results.on("start", () => element("results").classList.add("stale"));
results.on("found", () => {
  scrollTo({ top: 0 });
  grid.show(results.hits);
  said();
  showView(store.state);
});
results.on("more", () => {
  grid.extend();
  said();
  showView(store.state);
});
results.on("failed", (error) => {
  element("results").classList.remove("stale");
  failed ||= error instanceof Gone;
  if (error instanceof Gone) return;
  clear();
  grid.show([]);
  sayError(error.message);
});

function said() {
  showHits();
  sayFound(results, { minProbability: store.state.minProbability, filtered: filterCount(store.state) > 0 });
}

grid.on("end", () => results.more());
grid.on("broken", () => connection.check());

// From the state to what is seen

const keyOf = ({ query, like, picture, minProbability, text, filters, where }) =>
  JSON.stringify([query, like, picture, minProbability, text, filters, where]);

store.on("change", (state, before) => {
  show(state);
  if (keyOf(state) !== keyOf(before)) {
    if (!hasQuery(state)) grid.show([]);
    search(state);
  }
  showView(state);
});

function show(state) {
  const file = fileOf(state);
  document.title = state.query ? `${state.query} – twobranch` : "twobranch";
  query.set(state.query, file || state.like ? "Pictures like this one" : "What does the picture show?");
  picture.show(file, state.like);
  element("describe").hidden = !file;
  threshold.set(state.minProbability, Boolean(about?.calibrated) && !file && !state.like);
  element("words").checked = state.text;
  panel.show(state);
}

function showView(state) {
  const file = state.describing ? fileOf(state) : null;
  if (!about || (!file && !state.image)) return hideView();
  const position = file ? -1 : results.hits.findIndex((hit) => hit.id === state.image);
  viewer.show(file ? { file } : { id: state.image }, results.hits[position] ?? null, {
    phrase: state.phrase, position, loaded: results.hits.length, total: results.complete ? results.hits.length : results.summary.candidates,
    selected: selection.has(state.image),
  });
  if (position > results.hits.length - 10) results.more();
}

function hideView() {
  if (!viewer.isOpen) return;
  viewer.hide();
  if (restored) grid.focus(grid.active);
  restored = false;
}

// What people do

query.on("query", (text, begins) => {
  if (text === store.state.query) return;
  const others = text.trim() ? { like: "", picture: 0 } : {};
  store.change({ query: text, ...others }, { push: begins });
});
threshold.on("change", (minProbability) => store.change({ minProbability }));
element("words").addEventListener("change", (event) => store.change({ text: event.target.checked }, { push: true }));
panel.on("filters", (filters) => store.change({ filters }, { push: true }));
panel.on("where", (where) => where !== store.state.where && store.change({ where }, { push: true }));
panel.on("clear", () => store.change({ filters: {}, where: "" }, { push: true }));

const take = (file) => ({ query: "", like: "", image: "", phrase: "", picture: pictures.push(file) });
picture.on("search", (file) => store.change({ ...take(file), describing: false }, { push: true }));
picture.on("describe", (file) => {
  store.change({ ...take(file), describing: false }, { push: true });
  store.change({ describing: true }, { push: true, opened: true });
});
picture.on("open", () => {
  const { like, picture } = store.state;
  store.change(picture ? { describing: true } : { image: like }, { push: true, opened: true });
});
element("describe").addEventListener("click", () => store.change({ describing: true, phrase: "" }, { push: true, opened: true }));
picture.on("remove", () => {
  store.change({ like: "", picture: 0 }, { push: true });
  query.focus();
});
picture.on("refused", sayError);

grid.on("open", (position) => {
  restored = true;
  store.change({ image: results.hits[position].id, phrase: "" }, { push: true, opened: true });
});
viewer.on("close", () => {
  if (history.state?.opened) history.back();
  else store.change({ image: "", phrase: "", describing: false });
});
viewer.on("step", (step) => {
  const position = results.hits.findIndex((hit) => hit.id === store.state.image) + step;
  if (!results.hits[position]) return;
  grid.focus(position);
  store.change({ image: results.hits[position].id }, { opened: Boolean(history.state?.opened) });
});
viewer.on("phrase", (phrase) => store.change({ phrase }, { opened: Boolean(history.state?.opened) }));
viewer.on("like", () => {
  restored = false;
  const { image } = store.state;
  if (image) store.change({ query: "", picture: 0, like: image, image: "", phrase: "", describing: false }, { push: true });
  else store.change({ describing: false, phrase: "" });
});

const choose = (hit, chosen) => selection.set(hit, chosen, store.state.query || store.state.like || fileOf(store.state)?.name || "");
const pick = (position) => choose(results.hits[position], !selection.has(results.hits[position].id));
grid.on("pick", (position, chosen) => choose(results.hits[position], chosen));
viewer.on("pick", (chosen) => {
  const hit = results.hits.find((one) => one.id === store.state.image);
  choose(hit ?? { id: store.state.image, score: null, probability: null, metadata: {} }, chosen);
});
element("choose-all").addEventListener("click", () => selection.add(results.hits, store.state.query || store.state.like));
selection.on("change", () => grid.refreshSelection());

// The server

async function learn() {
  try {
    about = await askAbout();
  } catch (error) {
    failed = true;
    if (!(error instanceof Gone)) sayError(error.message);
    return;
  }
  element("index-name").textContent = about.name;
  element("index-size").textContent = count(about.images, "image");
  element("words").parentElement.hidden = !about.text;
  viewer.about(about);
  panel.about(about, store.state);
  show(store.state);
}

connection.on("back", async () => {
  const before = about?.index;
  await learn();
  if (failed || about?.index !== before) search(store.state);
  failed = false;
  grid.mend();
  viewer.retry();
  showView(store.state);
});

showConnection();
showSelection(selection);
listenToKeys({ grid, query, pick });
connection.watch();
show(store.state);
await learn();
search(store.state);
showView(store.state);
