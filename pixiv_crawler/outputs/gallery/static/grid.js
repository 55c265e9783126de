"use strict";
// The tiles. All have the same size, so the page only contains those near the viewport, however many works there are.

const ROWS_AROUND = 2;
const TAGS_OF_TILE = 6;
const grid = document.getElementById("grid");
let shown = [];
let size = { columns: 1, width: 0, height: 1, gap: 0 };
const tiles = new Map();

function showGrid(list) {
  const hasChanged = list.length !== shown.length || list.some((work, index) => work !== shown[index]);
  shown = list;
  if (hasChanged) for (const key of [...tiles.keys()]) removeTile(key);
  measure();
}

// The number of columns and the heights depend on the styles; phones have one column.
function measure() {
  const styles = getComputedStyle(grid);
  const gap = parseFloat(styles.getPropertyValue("--gap"));
  const least = parseFloat(styles.getPropertyValue("--tile"));
  const below = parseFloat(styles.getPropertyValue("--below"));
  const room = grid.clientWidth;
  const columns = Math.max(1, Math.floor((room + gap) / (least + gap)));
  const width = (room - gap * (columns - 1)) / columns;
  const old = size;
  size = { columns, width, height: width + below, gap };
  grid.style.height = `${Math.ceil(shown.length / columns) * (size.height + gap)}px`;
  if (old.columns !== columns || old.width !== width) for (const tile of tiles.values()) position(tile);
  fill();
}

function fill() {
  const top = scrollY - grid.offsetTop;
  const row = size.height + size.gap;
  const from = Math.max(0, Math.floor(top / row) - ROWS_AROUND) * size.columns;
  const to = Math.min(shown.length, (Math.ceil((top + innerHeight) / row) + ROWS_AROUND) * size.columns);
  const wanted = new Set(shown.slice(from, to).map((work) => work.key));
  const focused = document.activeElement?.closest(".tile")?.dataset.key;
  for (const key of [...tiles.keys()]) if (!wanted.has(key) && key !== focused) removeTile(key);
  // In the order of the works, which is the tab order.
  let after = null;
  for (let number = from; number < to; number += 1) {
    const work = shown[number];
    let tile = tiles.get(work.key);
    if (!tile) {
      tile = makeTile(work);
      tiles.set(work.key, tile);
    }
    tile.number = number;
    position(tile);
    if (tile.parentNode !== grid || (after && after.nextSibling !== tile)) grid.insertBefore(tile, after ? after.nextSibling : grid.firstChild);
    after = tile;
  }
}

function position(tile) {
  const column = tile.number % size.columns;
  const row = Math.floor(tile.number / size.columns);
  tile.style.width = `${size.width}px`;
  tile.style.height = `${size.height}px`;
  tile.style.transform = `translate(${column * (size.width + size.gap)}px, ${row * (size.height + size.gap)}px)`;
  tile.setAttribute("aria-posinset", String(tile.number + 1));
  tile.setAttribute("aria-setsize", String(shown.length));
}

function removeTile(key) {
  tiles.get(key).remove();
  tiles.delete(key);
}

function makeTile(work) {
  const open = element("a", { className: "open", href: "#", data: { open: work.key } }, thumbnail(work), badges(work));
  const title = written("a", "title", work.title || "Untitled");
  title.href = "#";
  title.title = work.title;
  title.dataset.open = work.key;
  title.tabIndex = -1; // the image is a link to the same target
  const chips = element("div", { className: "tags" });
  chips.append(...work.tags.slice(0, TAGS_OF_TILE).map((tag) => tagChip(tag, tag.count)));
  const tile = element("article", { className: "tile", role: "listitem", data: { key: work.key, type: work.type } },
    open, title, authorButton(work), counts(work), chips);
  showBlur(tile, work);
  return tile;
}

function showBlur(tile, work) {
  const isHidden = isBlurred(work);
  tile.classList.toggle("blurred", isHidden);
  tile.querySelector(".open").setAttribute("aria-label",
    isHidden ? `${RATINGS[work.rating] ?? "R-18"}, hidden: show` : `${TYPES[work.type] ?? "Work"}: ${work.title}`);
}

function showBlurs() {
  for (const [key, tile] of tiles) showBlur(tile, workOf.get(key));
}

// Arrow keys move the focus between tiles.
grid.addEventListener("keydown", (event) => {
  const tile = event.target.closest(".tile");
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size.columns, ArrowDown: size.columns };
  if (!tile || !(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
  const number = tile.number + steps[event.key];
  if (number < 0 || number >= shown.length) return;
  event.preventDefault();
  focusTile(number);
});

function focusTile(number) {
  const top = grid.offsetTop + Math.floor(number / size.columns) * (size.height + size.gap);
  const room = document.querySelector(".bar").offsetHeight + size.gap;
  if (top - room < scrollY) scrollTo({ top: top - room, behavior: "instant" });
  else if (top + size.height > scrollY + innerHeight) scrollTo({ top: top + size.height - innerHeight + size.gap, behavior: "instant" });
  fill();
  tiles.get(shown[number].key)?.querySelector(".open").focus({ preventScroll: true });
}

let isFilling = false;
addEventListener("scroll", () => {
  if (isFilling) return;
  isFilling = true;
  requestAnimationFrame(() => { isFilling = false; fill(); });
}, { passive: true });
new ResizeObserver(measure).observe(grid);
