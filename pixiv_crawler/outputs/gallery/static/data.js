"use strict";
// The works: columns of all of them, for filters; and the details of those that are shown, loaded shard by shard.
// A work is a number: its place from the oldest work on.

const MAX_SHARDS = 24;
const ARRAYS = { d: Float64Array, I: Uint32Array, i: Int32Array, B: Uint8Array, f: Float32Array };
const JAPAN_OFFSET = 9 * 3600 * 1000;
const waiting = new Map();
const shards = new Map(); // by number; the least recently used one first
const index = { isReady: false, count: GALLERY.count };
const first = new Map(GALLERY.first.map((row, place) => [GALLERY.count - 1 - place, toWork(row)]));
const tagOf = new Map();

// Every data script calls this with its own name.
GALLERY.receive = (name, value) => waiting.get(name)?.resolve(value);

// A local page can only load scripts; the element is removed, so that its source is not kept in memory.
function runScript(src) {
  const script = document.createElement("script");
  return new Promise((resolve, reject) => {
    Object.assign(script, { src, onload: resolve, onerror: reject });
    document.head.append(script);
  }).finally(() => script.remove());
}

function loadScript(folder, name) {
  if (!waiting.has(name)) {
    const entry = {};
    entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    waiting.set(name, entry);
    const end = () => { waiting.delete(name); entry.reject(new Error(`${name} cannot be loaded`)); }; // unless it was received
    runScript(`${folder}/${name}`).then(end, end);
  }
  return waiting.get(name).promise;
}

// Whether the gallery was generated again after the page was opened: start.js then names other scripts.
async function isOutdated() {
  const names = () => JSON.stringify([GALLERY.index, GALLERY.shards, GALLERY.collections]);
  const [opened, before] = [GALLERY, names()];
  try {
    await runScript(`start.js?${Date.now()}`); // not from a cache
    return names() !== before;
  } catch {
    return false;
  } finally {
    window.GALLERY = opened;
  }
}

function toWork(row) {
  const work = {};
  GALLERY.fields.forEach((name, place) => { work[name] = row[place]; });
  work.id = work.key.slice(1);
  work.author = { id: String(work.author[0]), name: work.author[1] };
  work.tags = work.tags.map(([name, translation = ""]) => ({ name, translation }));
  return work;
}

// The details of a work; undefined while its shard is not loaded.
function details(number) {
  const shard = Math.floor(number / GALLERY.shardWorks);
  const works = shards.get(shard);
  if (!works) return first.get(number);
  shards.delete(shard);
  shards.set(shard, works);
  return works[number % GALLERY.shardWorks];
}

async function load(number) {
  const known = details(number);
  if (known) return known;
  const shard = Math.floor(number / GALLERY.shardWorks);
  const rows = await loadScript("data", GALLERY.shards[shard]);
  if (!shards.has(shard)) shards.set(shard, rows.map(toWork));
  while (shards.size > MAX_SHARDS) shards.delete(shards.keys().next().value);
  return details(number);
}

function decoded([code, text]) {
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new ARRAYS[code](bytes.buffer);
}

async function loadIndex() {
  const content = await loadScript("data", GALLERY.index);
  for (const [name, column] of Object.entries(content.columns)) index[name] = decoded(column);
  const authorRank = decoded(content.authorRank);
  index.titleRank = decoded(content.titleRank);
  index.titles = content.titles;
  index.types = content.types;
  index.authors = content.authors.map(([id, name, profile], place) => ({ id: String(id), name, profile, rank: authorRank[place], count: 0 }));
  index.tagList = content.tags.map(([name, translation = ""]) => ({ name, translation, count: 0 }));
  index.seriesList = content.series.map(([id, title]) => ({ id, title }));
  for (const author of index.author) index.authors[author].count += 1;
  for (const tag of index.tags) index.tagList[tag].count += 1;
  index.tagList.forEach((tag, number) => { tag.number = number; tagOf.set(tag.name, tag); });
  index.isReady = true;
}

function ratioOf(number) {
  return index.isReady ? index.ratio[number] : first.get(number).ratio;
}

// The number of a work by its key, such as i123; -1: there is none.
function numberOf(key) {
  if (!/^[in]\d+$/.test(key)) return -1;
  if (!index.isReady) return [...first].find(([, work]) => work.key === key)?.[0] ?? -1;
  const id = Number(key.slice(1));
  const novel = index.types.indexOf("novel");
  for (let number = 0; number < index.count; number += 1) {
    if (index.id[number] === id && (index.type[number] === novel) === (key[0] === "n")) return number;
  }
  return -1;
}

function fileUrl(path) {
  return FILES + path.split("/").map(encodeURIComponent).join("/");
}

function pixivUrl(work) {
  return work.type === "novel"
    ? `https://www.pixiv.net/novel/show.php?id=${work.id}`
    : `https://www.pixiv.net/artworks/${work.id}`;
}

function plain(text) {
  // The spaces of Python, whose `comparable` does the same, and those of JavaScript.
  return text.normalize("NFKC").toLowerCase().split(/[\s\x1c-\x1f\x85]+/).filter(Boolean).join(" ");
}
