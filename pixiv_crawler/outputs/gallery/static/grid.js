"use strict";
// The tiles, in rows of equal height and true aspect ratios; on a phone in two columns. The page only contains those
// near the viewport, however many works there are.

const SCREENS_AROUND = 0.6;
const PHONE_COLUMNS = 2;
const grid = document.getElementById("grid");
const tiles = new Map(); // by number
let shown = Uint32Array.of();
let layout = { left: [], top: [], width: [], height: [], tallest: 1, below: 0, gap: 0 };
let room = 0;

function showGrid(list) {
  shown = list;
  measure(true);
}

function measure(isNew = false) {
  if (!isNew && grid.clientWidth === room) return;
  room = grid.clientWidth;
  const styles = getComputedStyle(grid);
  const [gap, below, row, columns] = ["--gap", "--below", "--row", "--columns"].map((name) => parseFloat(styles.getPropertyValue(name)));
  const size = shown.length;
  layout = { left: new Float32Array(size), top: new Float64Array(size), width: new Float32Array(size), height: new Float32Array(size), tallest: 1, below, gap };
  const end = columns ? layColumns(columns || PHONE_COLUMNS) : layRows(row);
  grid.style.height = `${Math.ceil(end)}px`;
  fill();
}

// Rows that fill the width: each is as high as its works together require, at most `target`.
function layRows(target) {
  const { gap, below } = layout;
  const { ratio } = index;
  const ratioAt = (place) => (ratio ? ratio[shown[place]] : ratioOf(shown[place]));
  let y = 0;
  for (let start = 0, ratios = 0, place = 0; place < shown.length; place += 1) {
    ratios += ratioAt(place);
    const space = room - gap * (place - start);
    const isLast = place === shown.length - 1;
    if (space / ratios > target && !isLast) continue;
    const height = Math.min(target, space / ratios);
    for (let at = start, x = 0; at <= place; at += 1) {
      const width = Math.min(room, height * ratioAt(at));
      put(at, x, y, width, height + below);
      x += width + gap;
    }
    y += height + below + gap;
    start = place + 1;
    ratios = 0;
  }
  return y;
}

// Each work is placed in the column that is the shortest so far.
function layColumns(count) {
  const { gap, below } = layout;
  const width = (room - gap * (count - 1)) / count;
  const ends = new Array(count).fill(0);
  for (let place = 0; place < shown.length; place += 1) {
    const column = ends.indexOf(Math.min(...ends));
    const height = width / ratioOf(shown[place]) + below;
    put(place, column * (width + gap), ends[column], width, height);
    ends[column] += height + gap;
  }
  return Math.max(...ends);
}

function put(place, left, top, width, height) {
  layout.left[place] = left;
  layout.top[place] = top;
  layout.width[place] = width;
  layout.height[place] = height;
  layout.tallest = Math.max(layout.tallest, height);
}

// The first place whose top is at or below `y`; tops never decrease.
function placeAt(y) {
  let low = 0;
  let high = shown.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layout.top[middle] < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

function fill() {
  const top = scrollY - grid.offsetTop;
  const around = innerHeight * SCREENS_AROUND;
  const from = placeAt(top - around - layout.tallest);
  const to = placeAt(top + innerHeight + around);
  const wanted = new Set(shown.subarray(from, to));
  const focused = document.activeElement?.closest(".tile")?.number;
  for (const number of [...tiles.keys()]) if (!wanted.has(number) && number !== focused) removeTile(number);
  // In the order of the works, which is the tab order.
  let after = null;
  for (let place = from; place < to; place += 1) {
    const number = shown[place];
    if (!tiles.has(number)) tiles.set(number, makeTile(number));
    const tile = tiles.get(number);
    tile.place = place;
    position(tile);
    if (tile.parentNode !== grid || (after && after.nextSibling !== tile)) grid.insertBefore(tile, after ? after.nextSibling : grid.firstChild);
    after = tile;
  }
}

function position(tile) {
  const { left, top, width, height, below } = layout;
  const { place } = tile;
  tile.style.width = `${width[place]}px`;
  tile.style.height = `${height[place]}px`;
  tile.style.setProperty("--image", `${height[place] - below}px`);
  tile.style.transform = `translate(${left[place]}px, ${top[place]}px)`;
  tile.setAttribute("aria-posinset", String(place + 1));
  tile.setAttribute("aria-setsize", String(shown.length));
}

function removeTile(number) {
  tiles.get(number).remove();
  tiles.delete(number);
}

// A tile is empty until the details of its work are loaded.
function makeTile(number) {
  const tile = element("article", { className: "tile", role: "listitem" });
  tile.number = number;
  const work = details(number);
  if (work) fillTile(tile, work);
  else load(number).then((loaded) => { if (tiles.get(number) === tile) fillTile(tile, loaded); }, showError);
  return tile;
}

function fillTile(tile, work) {
  const open = element("a", { className: "open", href: "#", data: { open: work.key } }, thumbnail(work), badges(work));
  const title = written("a", "title", work.title || "Untitled");
  title.href = "#";
  title.title = work.title;
  title.dataset.open = work.key;
  title.tabIndex = -1; // the image is a link to the same target
  tile.dataset.key = work.key;
  tile.dataset.type = work.type;
  tile.work = work;
  tile.replaceChildren(open, title, element("div", { className: "by" }, authorButton(work), counts(work)));
  showBlur(tile);
}

function showBlur(tile) {
  const { work } = tile;
  if (!work) return;
  const isHidden = isBlurred(work);
  tile.classList.toggle("blurred", isHidden);
  tile.querySelector(".open").setAttribute("aria-label",
    isHidden ? `${RATINGS[work.rating] ?? "R-18"}, hidden: show` : `${TYPES[work.type] ?? "Work"}: ${work.title}`);
}

function showBlurs() {
  for (const tile of tiles.values()) showBlur(tile);
}

// Arrow keys move the focus between tiles: up and down to the nearest one of the next row.
grid.addEventListener("keydown", (event) => {
  const tile = event.target.closest(".tile");
  if (!tile || event.altKey || event.ctrlKey || event.metaKey) return;
  const place = { ArrowLeft: () => tile.place - 1, ArrowRight: () => tile.place + 1, ArrowUp: () => neighbour(tile.place, -1), ArrowDown: () => neighbour(tile.place, 1) }[event.key]?.();
  if (place === undefined || place < 0 || place >= shown.length) return;
  event.preventDefault();
  focusTile(place);
});

function neighbour(place, step) {
  const { left, top, width } = layout;
  const middle = left[place] + width[place] / 2;
  let at = place + step;
  while (at >= 0 && at < shown.length && top[at] === top[place]) at += step;
  let best = at;
  for (const row = top[at]; at >= 0 && at < shown.length && top[at] === row; at += step) {
    if (Math.abs(left[at] + width[at] / 2 - middle) < Math.abs(left[best] + width[best] / 2 - middle)) best = at;
  }
  return best;
}

function focusTile(place) {
  const top = grid.offsetTop + layout.top[place];
  const end = top + layout.height[place];
  const bar = document.querySelector(".bar").offsetHeight + layout.gap;
  if (top - bar < scrollY) scrollTo({ top: top - bar, behavior: "instant" });
  else if (end > scrollY + innerHeight) scrollTo({ top: end - innerHeight + layout.gap, behavior: "instant" });
  fill();
  tiles.get(shown[place])?.querySelector(".open")?.focus({ preventScroll: true });
}

let isFilling = false;
addEventListener("scroll", () => {
  if (isFilling) return;
  isFilling = true;
  requestAnimationFrame(() => { isFilling = false; fill(); });
}, { passive: true });
new ResizeObserver(() => measure()).observe(grid);
