"use strict";
// The state is stored in the URL fragment, so that the browser's back button and bookmarks work.

const controls = Object.fromEntries(
  ["query", "author", "type", "rating", "from", "to", "min", "sort"].map((id) => [id, document.getElementById(id)]),
);
const TOP_TAGS = 40;
let state = null;

function stateOf(hash) {
  const parameters = new URLSearchParams(hash.slice(1));
  const values = Object.fromEntries(Object.keys(controls).map((name) => [name, parameters.get(name) ?? ""]));
  return { ...values, tags: parameters.getAll("tag"), work: parameters.get("work") ?? "", page: Math.trunc(Number(parameters.get("page"))) || 1 };
}

function hashOf(wanted) {
  const parts = new URLSearchParams();
  for (const tag of wanted.tags) parts.append("tag", tag);
  for (const name of Object.keys(controls)) if (wanted[name]) parts.set(name, wanted[name]);
  if (wanted.work) parts.set("work", wanted.work);
  if (wanted.work && wanted.page > 1) parts.set("page", String(wanted.page));
  return `#${parts}`;
}

// Changes the state; adds a step to the browser's history, unless `replace` is set.
function navigate(change, replace = false) {
  const { filterKey: _, ...next } = { ...state, ...change };
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
  const { work: _, page: __, ...filters } = state;
  const filterKey = JSON.stringify(filters);
  if (!before || before.filterKey !== filterKey) {
    const list = shownWorks(state);
    showControls(list);
    showGrid(list);
    if (before) scrollTo({ top: 0, behavior: "instant" });
  }
  state.filterKey = filterKey;
  showViewer(workOf.get(state.work), state.page);
}

function showControls(list) {
  for (const [name, control] of Object.entries(controls)) {
    if (document.activeElement !== control || control.value !== state[name]) control.value = state[name];
  }
  const isFiltered = hashOf({ ...state, work: "", sort: "" }) !== "#";
  document.getElementById("clear").hidden = !isFiltered;
  document.getElementById("more").classList.toggle("active", Object.keys(controls).some((name) => name !== "query" && name !== "sort" && state[name]));
  const all = `${number(works.length)} ${works.length === 1 ? "work" : "works"}`;
  document.getElementById("count").textContent = list.length === works.length ? all : `${number(list.length)} of ${all}`;
  document.getElementById("top").replaceChildren(...topTags(list, state, TOP_TAGS)
    .map(([tag, count]) => tagChip(tag, count, state.tags.includes(tag.name))));
  const empty = document.getElementById("empty");
  empty.hidden = list.length > 0;
  empty.textContent = works.length ? "No works match the filters." : "There are no works yet. Run a crawl, then run scrapy gallery again.";
}

function fillAuthors() {
  const sorted = [...authors].sort((a, b) => compareTitles(a.name, b.name));
  controls.author.append(element("option", { value: "", textContent: `All ${number(authors.length)}` }),
    ...sorted.map((author) => element("option", { value: author.id, textContent: `${author.name} (${number(author.count)})` })));
}

// Values that Pixiv has added since the page was written.
function fillNew(name, titled) {
  const known = [...controls[name].options].map((option) => option.value);
  const found = [...new Set(works.map((work) => String(work[name])))].filter((value) => !known.includes(value));
  controls[name].append(...found.map((value) => element("option", { value, textContent: titled(value) })));
}

function openWork(key, page = 1) {
  navigate({ work: key, page });
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
    navigate({ author: hit("author"), work: "" });
  } else if (hit("open")) {
    event.preventDefault();
    const work = workOf.get(hit("open"));
    if (isBlurred(work)) reveal(work);
    else openWork(work.key);
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
  if (event.key === "/" && !event.target.closest("input, select, dialog")) {
    event.preventDefault();
    controls.query.focus();
  }
});
addEventListener("popstate", () => show(stateOf(location.hash)));

// Browsers restore form fields on reload; revealed works must be hidden again.
document.getElementById("show-all").checked = false;
document.getElementById("reveal").hidden = !works.some((work) => work.rating > 0);
fillAuthors();
fillNew("type", (type) => type);
fillNew("rating", (rating) => `Rating ${rating}`);
show(stateOf(location.hash));
