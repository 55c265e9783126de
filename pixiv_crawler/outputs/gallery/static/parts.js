"use strict";
// Small elements of the page. Text from works is only inserted as text, never as HTML.

// Pixiv's values select a name, so they must not find what every object inherits.
const TYPES = { __proto__: null, illust: "Illustration", manga: "Manga", ugoira: "Animation", novel: "Novel" };
const RATINGS = { __proto__: null, 1: "R-18", 2: "R-18G" };
const VIDEOS = /\.(mp4|webm)$/i;

// R-18 works that were revealed by a click, until the page is closed.
const revealed = new Set();
let revealsAll = false;

// Settings that survive the page; storage may be forbidden for local pages.
function remember(name, value) {
  try { localStorage.setItem(`gallery ${name}`, JSON.stringify(value)); } catch { /* then nothing is remembered */ }
}

function remembered(name, otherwise = null) {
  try { return JSON.parse(localStorage.getItem(`gallery ${name}`)) ?? otherwise; } catch { return otherwise; }
}

function isBlurred(work) {
  return work.rating > 0 && !revealsAll && !revealed.has(work.key);
}

function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "data") Object.assign(node.dataset, value);
    else if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// Text written by authors: mostly Japanese, in any writing direction.
function written(name, className, text) {
  return element(name, { className, textContent: text, lang: "ja", dir: "auto" });
}

function number(value) {
  return value.toLocaleString("en");
}

function counts(work) {
  const node = element("p", { className: "counts" });
  const add = (sign, value, word) => {
    if (value === null) return;
    node.append(element("span", { title: `${number(value)} ${word}` },
      element("span", { className: `sign ${sign}`, "aria-hidden": "true" }),
      element("span", { className: "sr", textContent: `${word} ` }), number(value)));
  };
  add("heart", work.bookmarks, "bookmarks");
  add("eye", work.views, "views");
  add("talk", work.comments, "comments");
  return node;
}

function tagChip(tag, count, pressed = null) {
  const chip = element("button", { type: "button", className: "tag", data: { tag: tag.name } },
    written("span", "name", tag.name));
  if (tag.translation) chip.append(element("span", { className: "translation", textContent: tag.translation, dir: "auto" }));
  if (count) chip.append(element("span", { className: "number", textContent: number(count) }));
  if (pressed !== null) chip.setAttribute("aria-pressed", String(pressed));
  return chip;
}

function authorButton(work) {
  const node = written("button", "author", work.author.name || `User ${work.author.id}`);
  node.type = "button";
  node.dataset.author = work.author.id;
  return node;
}

// Replaces a missing image: a cover with the title for novels, otherwise a short text.
function placeholder(work) {
  const node = element("div", { className: `placeholder ${work.type}` });
  node.style.setProperty("--hue", String((Number(work.id) * 47) % 360));
  if (work.type === "novel") {
    node.append(written("span", "cover-title", work.title), written("span", "cover-author", work.author.name));
  } else {
    node.append(element("span", { textContent: work.files.length ? "No preview" : "No file" }));
  }
  return node;
}

function thumbnail(work) {
  const video = work.files.find((path) => VIDEOS.test(path));
  if (!work.thumbnail && !video) return placeholder(work);
  const node = work.thumbnail
    ? element("img", { alt: work.title || TYPES[work.type], loading: "lazy", decoding: "async", draggable: false })
    : element("video", { preload: "metadata", muted: true, playsInline: true, tabIndex: -1 });
  node.addEventListener("error", () => node.replaceWith(placeholder(work)), { once: true });
  // Shows the first frame of a video; some browsers only render a frame after seeking to it.
  node.src = work.thumbnail ? `thumbs/${work.thumbnail}` : `${fileUrl(video)}#t=0.001`;
  return node;
}

function badges(work) {
  const node = element("div", { className: "badges" });
  const add = (className, text) => node.append(element("span", { className: `badge ${className}`, textContent: text }));
  if (RATINGS[work.rating]) add("rating", RATINGS[work.rating]);
  if (work.ai === 2) add("ai", "AI");
  if (work.type === "ugoira") add("moves", "▶");
  if (work.type === "novel") add("length", work.textLength ? `${number(work.textLength)} chars` : "Novel");
  else if (work.pageCount > 1) add("pages", `${number(work.pageCount)} pages`);
  return node;
}
