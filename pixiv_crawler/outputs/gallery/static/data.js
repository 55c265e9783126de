"use strict";
// The works, filtering and sorting. Independent of the page.

const SORTS = {
  __proto__: null, // the URL fragment selects one by its name
  "": (a, b) => b.time - a.time,
  oldest: (a, b) => a.time - b.time,
  bookmarks: (a, b) => (b.bookmarks ?? -1) - (a.bookmarks ?? -1),
  views: (a, b) => (b.views ?? -1) - (a.views ?? -1),
  title: (a, b) => compareTitles(a.title, b.title),
  author: (a, b) => compareTitles(a.author.name, b.author.name) || b.time - a.time,
  fetched: (a, b) => b.fetchedTime - a.fetchedTime,
};
const compareTitles = new Intl.Collator("ja", { numeric: true }).compare;
const JAPAN_OFFSET = 9 * 3600 * 1000;

const works = GALLERY.works.map(toWork);
const workOf = new Map(works.map((work) => [work.key, work]));
const tags = GALLERY.tags.map(([name, translation = ""]) => ({ name, translation, count: 0 }));
const tagOf = new Map(tags.map((tag) => [tag.name, tag]));
const authors = GALLERY.authors.map(([id, name]) => ({ id: String(id), name, count: 0 }));
for (const work of works) {
  work.tags = work.tags.map((number) => tags[number]);
  work.author = authors[work.author];
  work.author.count += 1;
  for (const tag of work.tags) tag.count += 1;
}

function toWork(row) {
  const work = {};
  GALLERY.fields.forEach((name, index) => { work[name] = row[index]; });
  work.id = work.key.slice(1);
  work.time = Date.parse(work.date) || 0;
  work.fetchedTime = Date.parse(work.fetched) || 0;
  // Dates refer to Japan, as everywhere on Pixiv.
  const inJapan = new Date(work.time + JAPAN_OFFSET);
  work.day = work.time && Number(inJapan) ? inJapan.toISOString().slice(0, 10) : "";
  return work;
}

function fileUrl(path) {
  return GALLERY.files + path.split("/").map(encodeURIComponent).join("/");
}

function pixivUrl(work) {
  return work.type === "novel"
    ? `https://www.pixiv.net/novel/show.php?id=${work.id}`
    : `https://www.pixiv.net/artworks/${work.id}`;
}

function plain(text) {
  return text.normalize("NFKC").toLowerCase();
}

// The text that a search matches; computed on first use.
function searchText(work) {
  work.searchText ??= plain([work.title, work.author.name, work.id, work.series,
    ...work.tags.flatMap((tag) => [tag.name, tag.translation])].join("\n"));
  return work.searchText;
}

// State: {query, tags, author, type, rating, from, to, min, sort, work, page}; "" means no filter.
function shownWorks(state) {
  const words = plain(state.query).split(/\s+/).filter(Boolean);
  const least = Number(state.min) || 0;
  const selected = state.tags.map((name) => tagOf.get(name));
  return works.filter((work) =>
    (!state.author || work.author.id === state.author)
    && (!state.type || work.type === state.type)
    && (!state.rating || String(work.rating) === state.rating)
    && (!state.from || work.day >= state.from)
    && (!state.to || (work.day && work.day <= state.to))
    && (!least || (work.bookmarks ?? -1) >= least)
    && selected.every((tag) => work.tags.includes(tag))
    && words.every((word) => searchText(work).includes(word)),
  ).sort(SORTS[state.sort] ?? SORTS[""]);
}

// The most frequent tags of the shown works; selected tags come first.
function topTags(shown, state, most) {
  const counts = new Map(state.tags.map((name) => [tagOf.get(name) ?? { name, translation: "", count: 0 }, 0]));
  const selected = counts.size;
  for (const work of shown) for (const tag of work.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const all = [...counts];
  const others = all.slice(selected).sort((a, b) => b[1] - a[1]).slice(0, most);
  return [...all.slice(0, selected), ...others];
}
