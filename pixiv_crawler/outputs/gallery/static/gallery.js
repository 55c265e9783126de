"use strict";
// The state is stored in the URL fragment, so that the browser's back button and bookmarks work.

const controls = Object.fromEntries(
  ["query", "type", "rating", "from", "to", "min", "sort"].map((id) => [id, document.getElementById(id)]),
);
const TOP_TAGS = 40;
// States that are not in a form field: an author, a series or a collection, whose page is shown.
const PAGES = ["author", "series", "collection"];
const NO_PAGE = Object.fromEntries(PAGES.map((name) => [name, ""]));
const NAMES = [...Object.keys(controls), ...PAGES];
let state = null;
let filterRun = 0;

function stateOf(hash) {
  const parameters = new URLSearchParams(hash.slice(1));
  const values = Object.fromEntries(NAMES.map((name) => [name, parameters.get(name) ?? ""]));
  return { ...values, tags: parameters.getAll("tag"), work: parameters.get("work") ?? "", page: Math.trunc(Number(parameters.get("page"))) || 1 };
}

function hashOf(wanted) {
  const parts = new URLSearchParams();
  for (const tag of wanted.tags) parts.append("tag", tag);
  for (const name of NAMES) if (wanted[name]) parts.set(name, wanted[name]);
  if (wanted.work) parts.set("work", wanted.work);
  if (wanted.work && wanted.page > 1) parts.set("page", String(wanted.page));
  return `#${parts}`;
}

// Changes the state, in which at most one page is open; adds a step to the browser's history, unless `replace` is set.
function navigate(change, replace = false) {
  const opensPage = PAGES.some((name) => change[name]);
  const { filterKey: _, ...next } = { ...state, ...(opensPage ? NO_PAGE : {}), ...change };
  const hash = hashOf(next);
  if (hash === hashOf(state)) return;
  const kept = next.work ? { isOpened: !replace || Boolean(history.state?.isOpened) } : null;
  try {
    history[replace ? "replaceState" : "pushState"](kept, "", hash);
  } catch {
    // Browsers limit the number of history changes per second; the URL is then temporarily outdated.
  }
  show(next);
}

function show(next) {
  const before = state;
  state = next;
  const { work: _, page: __, filterKey: ___, ...filters } = state;
  state.filterKey = JSON.stringify(filters);
  if (index.isReady && before?.filterKey !== state.filterKey) filter(Boolean(before)).catch(showError);
  const work = state.work ? numberOf(state.work) : -1;
  if (index.isReady) {
    for (const [name, control] of Object.entries(controls)) if (control.value !== state[name]) control.value = state[name];
    showHint(work);
  }
  showViewer(work, state.page).catch(showError);
}

// What is wrong in the query or in the URL.
function showHint(work) {
  const texts = [...parseQuery(state.query).problems];
  if (state.work && work < 0) texts.push(`This gallery has no work ${state.work}.`);
  // A form field does not accept a value that is not valid.
  for (const [name, control] of Object.entries(controls)) if (control.value !== state[name]) texts.push(`${name}=${state[name]} in the URL is not valid.`);
  const hint = document.getElementById("hint");
  hint.hidden = !texts.length;
  hint.textContent = texts.join(" ");
}

async function filter(isChange) {
  filterRun += 1;
  const run = filterRun;
  const list = await shownWorks(state);
  if (run !== filterRun) return; // the state has changed while a collection was loaded
  showControls(list);
  showHeader();
  showGrid(list);
  if (isChange) scrollTo({ top: 0, behavior: "instant" });
}

async function showError(error) {
  if (await showOutdated()) return;
  showNotice(`${error.message}. Run ${GALLERY.program} gallery again, then reload this page.`);
}

// Says that the page is older than its data, if it is.
async function showOutdated() {
  const isOld = await isOutdated();
  if (isOld) showNotice("The gallery has been generated again. Reload this page.");
  return isOld;
}

function showNotice(text) {
  notice.hidden = false;
  notice.querySelector("span").textContent = text;
}

function showControls(list) {
  const isFiltered = hashOf({ ...state, work: "", sort: "" }) !== "#";
  document.getElementById("clear").hidden = !isFiltered;
  document.getElementById("more").classList.toggle("active", Object.keys(controls).some((name) => name !== "query" && name !== "sort" && state[name]));
  const all = countText();
  document.getElementById("count").textContent = list.length === GALLERY.count ? all : `${number(list.length)} of ${all}`;
  document.getElementById("top").replaceChildren(...topTags(list, state, TOP_TAGS)
    .map(([tag, count]) => tagChip(tag, count, state.tags.includes(tag.name))));
  const empty = document.getElementById("empty");
  empty.hidden = list.length > 0;
  empty.textContent = GALLERY.count ? "No works match the filters." : `There are no works yet. Run a crawl, then run ${GALLERY.program} gallery again.`;
}

function countText() {
  return `${number(GALLERY.count)} ${GALLERY.count === 1 ? "work" : "works"}`;
}

// Values that Pixiv has added since the page was written.
function fillNew(name, values, titled) {
  const known = [...controls[name].options].map((option) => option.value);
  const found = values.map(String).filter((value) => !known.includes(value));
  controls[name].append(...found.map((value) => element("option", { value, textContent: titled(value) })));
}

// Opens a work at the page where it was left.
async function openNumber(number, replace = false) {
  const work = await load(number);
  navigate({ work: work.key, page: rememberedPage(work) }, replace);
}

function reveal(work) {
  revealed.add(work.key);
  showBlurs();
  showViewerBlur();
}

// One listener for all tiles and the viewer; the links only provide keyboard access.
document.addEventListener("click", (event) => {
  const { target } = event;
  const hit = (name) => target.closest(`[data-${name}]`)?.dataset[name];
  if (hit("tag") !== undefined) {
    const tag = hit("tag");
    const isOff = target.closest("#top") && state.tags.includes(tag);
    navigate({ tags: isOff ? state.tags.filter((name) => name !== tag) : [...new Set([...state.tags, tag])], work: "" });
  } else if (hit("author")) {
    navigate({ ...stateOf("#"), author: hit("author") });
  } else if (hit("series")) {
    navigate({ ...stateOf("#"), series: hit("series") });
  } else if (hit("collection")) {
    navigate({ ...stateOf("#"), collection: state.collection === hit("collection") ? "" : hit("collection") });
  } else if (hit("open")) {
    event.preventDefault();
    const { work, number: place } = target.closest(".tile");
    if (isBlurred(work)) reveal(work);
    else openNumber(place);
  }
});

for (const [name, control] of Object.entries(controls)) {
  // Typing does not add a history step per letter.
  control.addEventListener("input", () => navigate({ [name]: control.value }, control.tagName === "INPUT"));
}
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("clear").addEventListener("click", () => {
  navigate({ ...stateOf("#"), sort: state.sort });
  controls.query.focus({ preventScroll: true });
});
document.getElementById("home").addEventListener("click", (event) => {
  event.preventDefault();
  navigate(stateOf("#"));
});
// Lets keyboard users skip all filters and tags.
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  if (shown.length) focusTile(0);
});
document.getElementById("more").addEventListener("click", (event) => {
  const isOpen = document.getElementById("filters").classList.toggle("is-open");
  event.currentTarget.setAttribute("aria-expanded", String(isOpen));
});
document.getElementById("show-all").addEventListener("change", (event) => {
  revealsAll = event.target.checked;
  showBlurs();
  showViewerBlur();
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select") || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "/" && !event.target.closest("dialog")) {
    event.preventDefault();
    controls.query.focus();
  } else if (event.key === "?") {
    document.getElementById("help").showModal();
  }
});
document.getElementById("help-button").addEventListener("click", () => document.getElementById("help").showModal());
document.getElementById("reload").addEventListener("click", () => location.reload());
addEventListener("focus", showOutdated);
addEventListener("popstate", () => show(stateOf(location.hash)));

// Browsers restore form fields on reload; revealed works must be hidden again.
document.getElementById("show-all").checked = false;
document.getElementById("count").textContent = countText();
fillCollections();
state = stateOf(location.hash);
// The newest works are shown at once; filters need the columns of all.
if (hashOf({ ...state, work: "" }) === "#") showGrid(Uint32Array.from(first.keys()));
loadIndex().then(() => {
  document.getElementById("reveal").hidden = !index.rating.some((rating) => rating > 0);
  fillNew("type", index.types, (type) => type);
  fillNew("rating", [...new Set(index.rating)], (rating) => `Rating ${rating}`);
  const { filterKey: _, ...current } = state;
  state = null;
  show(current);
}).catch(showError);
