"use strict";
// Small parts of the page. Text from works only ever becomes text, never HTML.

const TYPES = { illust: "Illustration", manga: "Manga", ugoira: "Animation", novel: "Novel" };
const RATINGS = { 1: "R-18", 2: "R-18G" };
const FILMS = /\.(mp4|webm)$/i;

// R-18 works that were clicked; forgotten when the page is left.
const revealed = new Set();
let revealsAll = false;

function isBlurred(work) {
  return work.rating > 0 && !revealsAll && !revealed.has(work.key);
}

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "data") Object.assign(made.dataset, value);
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// What authors wrote: mostly Japanese, from left to right or not.
function written(name, className, text) {
  return element(name, { className, textContent: text, lang: "ja", dir: "auto" });
}

function number(value) {
  return value.toLocaleString("en");
}

function counts(work) {
  const made = element("p", { className: "counts" });
  const add = (sign, value, word) => {
    if (value === null) return;
    made.append(element("span", { title: `${number(value)} ${word}` },
      element("span", { className: `sign ${sign}`, "aria-hidden": "true" }),
      element("span", { className: "sr", textContent: `${word} ` }), number(value)));
  };
  add("heart", work.bookmarks, "bookmarks");
  add("eye", work.views, "views");
  add("talk", work.comments, "comments");
  return made;
}

function tagChip(tag, count, pressed = null) {
  const chip = element("button", { type: "button", className: "tag", data: { tag: tag.name } },
    written("span", "name", tag.name));
  if (tag.translation) chip.append(element("span", { className: "translation", textContent: tag.translation, dir: "auto" }));
  chip.append(element("span", { className: "number", textContent: number(count) }));
  if (pressed !== null) chip.setAttribute("aria-pressed", String(pressed));
  return chip;
}

function authorButton(work) {
  const made = written("button", "author", work.author.name || `User ${work.author.id}`);
  made.type = "button";
  made.dataset.author = work.author.id;
  return made;
}

// Stands where there is no picture: a cover with the title for a novel, a word for others.
function placeholder(work) {
  const made = element("div", { className: `placeholder ${work.type}` });
  made.style.setProperty("--hue", String((Number(work.id) * 47) % 360));
  if (work.type === "novel") {
    made.append(written("span", "cover-title", work.title), written("span", "cover-author", work.author.name));
  } else {
    made.append(element("span", { textContent: work.files.length ? "No preview" : "No file" }));
  }
  return made;
}

function thumbnail(work) {
  const film = work.files.find((path) => FILMS.test(path));
  if (!work.thumbnail && !film) return placeholder(work);
  const made = work.thumbnail
    ? element("img", { alt: work.title || TYPES[work.type], loading: "lazy", decoding: "async", draggable: false })
    : element("video", { preload: "metadata", muted: true, playsInline: true, tabIndex: -1 });
  made.addEventListener("error", () => made.replaceWith(placeholder(work)), { once: true });
  // Of a video alone its first moment is shown; some browsers show none that they were not sent to.
  made.src = work.thumbnail ? `thumbs/${work.thumbnail}` : `${fileAddress(film)}#t=0.001`;
  return made;
}

function badges(work) {
  const made = element("div", { className: "badges" });
  const add = (className, text) => made.append(element("span", { className: `badge ${className}`, textContent: text }));
  if (RATINGS[work.rating]) add("rating", RATINGS[work.rating]);
  if (work.ai === 2) add("ai", "AI");
  if (work.type === "ugoira") add("moves", "▶");
  if (work.type === "novel") add("length", work.textLength ? `${number(work.textLength)} chars` : "Novel");
  else if (work.pageCount > 1) add("pages", `${number(work.pageCount)} pages`);
  return made;
}
