"use strict";
// What is asked for stands in the address behind #, so that the browser's way back and bookmarks work.

const controls = Object.fromEntries(
  ["query", "author", "type", "rating", "from", "to", "min", "sort"].map((id) => [id, document.getElementById(id)]),
);
const TOP_TAGS = 40;
let state = null;

function stateOf(hash) {
  const asked = new URLSearchParams(hash.slice(1));
  const found = Object.fromEntries(Object.keys(controls).map((name) => [name, asked.get(name) ?? ""]));
  return { ...found, tags: asked.getAll("tag"), work: asked.get("work") ?? "", page: Number(asked.get("page")) || 1 };
}

function hashOf(asked) {
  const parts = new URLSearchParams();
  for (const tag of asked.tags) parts.append("tag", tag);
  for (const name of Object.keys(controls)) if (asked[name]) parts.set(name, asked[name]);
  if (asked.work) parts.set("work", asked.work);
  if (asked.work && asked.page > 1) parts.set("page", String(asked.page));
  return `#${parts}`;
}

// A step that the browser's way back undoes; with `replace` one that it does not.
function ask(change, replace = false) {
  const { wanted: _, ...next } = { ...state, ...change };
  const hash = hashOf(next);
  if (hash === hashOf(state)) return;
  const kept = next.work ? { isOpened: !replace || Boolean(history.state?.isOpened) } : null;
  try {
    history[replace ? "replaceState" : "pushState"](kept, "", hash);
  } catch {
    // Browsers bear only so many steps a second; then the address lags behind what is shown.
  }
  show(next);
}

function show(next) {
  const before = state;
  state = next;
  const { work: _, page: __, ...filters } = state;
  const wanted = JSON.stringify(filters);
  if (!before || before.wanted !== wanted) {
    const list = shownWorks(state);
    showControls(list);
    showGrid(list);
    if (before) scrollTo({ top: 0, behavior: "instant" });
  }
  state.wanted = wanted;
  showViewer(workOf.get(state.work), state.page);
}

function showControls(list) {
  for (const [name, control] of Object.entries(controls)) {
    if (document.activeElement !== control || control.value !== state[name]) control.value = state[name];
  }
  const asked = hashOf({ ...state, work: "", sort: "" }) !== "#";
  document.getElementById("clear").hidden = !asked;
  document.getElementById("more").classList.toggle("active", Object.keys(controls).some((name) => name !== "query" && name !== "sort" && state[name]));
  const all = `${number(works.length)} ${works.length === 1 ? "work" : "works"}`;
  document.getElementById("count").textContent = list.length === works.length ? all : `${number(list.length)} of ${all}`;
  document.getElementById("top").replaceChildren(...topTags(list, state, TOP_TAGS)
    .map(([tag, count]) => tagChip(tag, count, state.tags.includes(tag.name))));
  const empty = document.getElementById("empty");
  empty.hidden = list.length > 0;
  empty.textContent = works.length ? "No work is like that." : "There are no works yet. Crawl some, then run scrapy gallery again.";
}

function fillAuthors() {
  const sorted = [...authors].sort((a, b) => compareTitles(a.name, b.name));
  controls.author.append(element("option", { value: "", textContent: `All ${number(authors.length)}` }),
    ...sorted.map((author) => element("option", { value: author.id, textContent: `${author.name} (${number(author.count)})` })));
}

function openWork(key, page = 1) {
  ask({ work: key, page });
}

function reveal(work) {
  revealed.add(work.key);
  showBlurs();
  showViewerBlur();
}

// One listener for all tiles and the viewer; links are there for the keyboard, and lead nowhere else.
document.addEventListener("click", (event) => {
  const { target } = event;
  const hit = (name) => target.closest(`[data-${name}]`)?.dataset[name];
  if (hit("tag") !== undefined) {
    const tag = hit("tag");
    const isOff = target.closest("#top") && state.tags.includes(tag);
    ask({ tags: isOff ? state.tags.filter((name) => name !== tag) : [...new Set([...state.tags, tag])], work: "" });
  } else if (hit("author")) {
    ask({ author: hit("author"), work: "" });
  } else if (hit("open")) {
    event.preventDefault();
    const work = workOf.get(hit("open"));
    if (isBlurred(work)) reveal(work);
    else openWork(work.key);
  }
});

for (const [name, control] of Object.entries(controls)) {
  // Each letter of a word is no step back.
  control.addEventListener("input", () => ask({ [name]: control.value }, control.tagName === "INPUT"));
}
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("clear").addEventListener("click", () => {
  ask({ ...stateOf("#"), sort: state.sort });
  controls.query.focus({ preventScroll: true });
});
document.getElementById("home").addEventListener("click", (event) => {
  event.preventDefault();
  ask(stateOf("#"));
});
// By keyboard it is a long way through all filters and tags.
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
  if (event.key === "/" && !event.target.closest("input, select, dialog")) {
    event.preventDefault();
    controls.query.focus();
  }
});
addEventListener("popstate", () => show(stateOf(location.hash)));

// Browsers keep what was in fields when a page is loaded again; what was shown is to be hidden again.
document.getElementById("show-all").checked = false;
document.getElementById("reveal").hidden = !works.some((work) => work.rating > 0);
fillAuthors();
show(stateOf(location.hash));
