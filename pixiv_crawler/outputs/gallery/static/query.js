"use strict";
// The query language: words, "phrases", -exclusions, OR, parentheses, and conditions such as tag:cat or bookmarks>500.
// A query becomes a mask: one byte per work, 1 if the work matches.

const TOKEN = /\s*(?:(\()|(\))|(-)(?=[^\s-])|([a-z]+)(:?>=|:?<=|:?>|:?<|:|=)(?:"([^"]*)"?|([^\s()]*))|"([^"]*)"?|([^\s()]+))/giy;
const NUMBERS = { __proto__: null, bookmarks: "bookmarks", views: "views", comments: "comments", pages: "pages", date: "day" };
const CHOICES = {
  __proto__: null,
  ai: [["unknown"], ["no"], ["yes"]],
  rating: [["all", "sfw"], ["r18", "r-18"], ["r18g", "r-18g"]],
};
const TYPE_WORDS = { __proto__: null, illustration: "illust", animation: "ugoira" };
const MAX_MASKS = 40;
const masks = new Map();

function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [, open, close, minus, key, operator, quoted, value, phrase, word] = match;
    if (open || close || minus) tokens.push({ sign: open || close || minus });
    else if (word === "OR") tokens.push({ sign: "OR" });
    else if (key && isKey(key.toLowerCase())) {
      if (quoted || value) tokens.push({ key: key.toLowerCase(), operator: operator.replace(/^:(?=.)/, ""), value: quoted ?? value }); // not while it is being typed
    }
    else tokens.push({ key: "", operator: ":", value: phrase ?? word ?? match[0].trim() });
    if (TOKEN.lastIndex >= text.length) break;
  }
  return tokens;
}

function isKey(key) {
  return key in NUMBERS || key in CHOICES || ["tag", "author", "title", "series", "type", "id"].includes(key);
}

// {or: [...]}, {and: [...]}, {not: ...} or a condition {key, operator, value}; parentheses that do not match are ignored.
function parseQuery(text) {
  const tokens = tokensOf(text);
  let place = 0;
  const alternatives = () => {
    const parts = [conjunction()];
    while (tokens[place]?.sign === "OR") { place += 1; parts.push(conjunction()); }
    const filled = parts.filter((part) => part.and.length);
    return filled.length === 1 ? filled[0] : { or: filled };
  };
  const conjunction = () => {
    const parts = [];
    while (place < tokens.length && tokens[place].sign !== "OR" && tokens[place].sign !== ")") {
      const part = single();
      if (part) parts.push(part);
    }
    return { and: parts };
  };
  const single = () => {
    const token = tokens[place];
    place += 1;
    if (token?.sign === "-") {
      const part = single();
      return part && { not: part };
    }
    if (token?.sign === "(") {
      const part = alternatives();
      if (tokens[place]?.sign === ")") place += 1;
      return part;
    }
    return token?.sign ? null : token;
  };
  const parts = [alternatives()];
  while (place < tokens.length) {
    place += 1;
    parts.push(alternatives());
  }
  return { and: parts.filter((part) => (part.and ?? part.or).length) };
}

function queryMask(node) {
  if (node.and) return combined(node.and, 1, (mask, other) => { for (let i = 0; i < mask.length; i += 1) mask[i] &= other[i]; });
  if (node.or) return combined(node.or, 0, (mask, other) => { for (let i = 0; i < mask.length; i += 1) mask[i] |= other[i]; });
  if (node.not) return queryMask(node.not).map((value) => 1 - value);
  const name = JSON.stringify([node.key, node.operator, node.value]);
  if (!masks.has(name)) masks.set(name, conditionMask(node));
  if (masks.size > MAX_MASKS) masks.delete(masks.keys().next().value);
  return masks.get(name);
}

function combined(nodes, start, combine) {
  const mask = new Uint8Array(index.count).fill(start);
  for (const node of nodes) combine(mask, queryMask(node));
  return mask;
}

function conditionMask({ key, operator, value }) {
  const mask = new Uint8Array(index.count);
  const text = plain(value);
  if (key in NUMBERS) return numberMask(mask, index[NUMBERS[key]], operator, text, key === "date");
  if (key in CHOICES) return equalMask(mask, index[key], new Set([CHOICES[key].findIndex((names) => names.includes(text))]));
  if (key === "type") return equalMask(mask, index.type, new Set([index.types.indexOf(TYPE_WORDS[text] ?? text)]));
  if (key === "id") return equalMask(mask, index.id, new Set([Number(text)]));
  if (key === "tag") return tagMask(mask, tagsNamed(text));
  if (key === "author") return equalMask(mask, index.author, placesOf(index.authors, (author) => author.id === text || plain(author.name).includes(text)));
  if (key === "series") return equalMask(mask, index.series, placesOf(index.seriesList, (series) => plain(series.title).includes(text), 1));
  titleMask(mask, text);
  if (key === "title") return mask;
  if (/^\d+$/.test(text)) equalMask(mask, index.id, new Set([Number(text)]));
  equalMask(mask, index.author, placesOf(index.authors, (author) => textOf(author, author.name).includes(text)));
  equalMask(mask, index.series, placesOf(index.seriesList, (series) => textOf(series, series.title).includes(text), 1));
  return tagMask(mask, new Set(index.tagList.filter((tag) => textOf(tag, `${tag.name} ${tag.translation}`).includes(text)).map((tag) => tag.number)));
}

// The form of a name that is compared, computed on first use.
function textOf(entry, text) {
  entry.text ??= plain(text);
  return entry.text;
}

function placesOf(list, matches, start = 0) {
  return new Set(list.flatMap((entry, place) => (matches(entry) ? [place + start] : [])));
}

function tagsNamed(text) {
  const start = text.endsWith("*") ? text.slice(0, -1) : null;
  const matches = (name) => (start === null ? name === text : name.startsWith(start));
  return new Set(index.tagList.filter((tag) => matches(plain(tag.name)) || (tag.translation && matches(plain(tag.translation)))).map((tag) => tag.number));
}

// Several values are in ascending order.
function equalMask(mask, column, values) {
  if (!values.size) return mask;
  const [single] = values;
  if (values.size === 1) for (let i = 0; i < mask.length; i += 1) { if (column[i] === single) mask[i] = 1; }
  else {
    const wanted = new Uint8Array([...values].at(-1) + 1);
    for (const value of values) wanted[value] = 1;
    for (let i = 0; i < mask.length; i += 1) mask[i] |= wanted[column[i]] ?? 0;
  }
  return mask;
}

function tagMask(mask, numbers) {
  if (!numbers.size) return mask;
  const wanted = new Uint8Array(index.tagList.length);
  for (const number of numbers) wanted[number] = 1;
  for (let i = 0, at = 0; i < mask.length; i += 1) {
    for (const end = index.tagEnd[i]; at < end; at += 1) if (wanted[index.tags[at]]) mask[i] = 1;
  }
  return mask;
}

// All titles are one string, which is searched much faster than a hundred thousand.
function titleMask(mask, text) {
  index.titleEnd ??= titleEnds();
  for (let at = index.titles.indexOf(text), i = 0; at >= 0 && text; at = index.titles.indexOf(text, index.titleEnd[i])) {
    while (index.titleEnd[i] <= at) i += 1;
    mask[i] = 1;
  }
}

function titleEnds() {
  const ends = new Uint32Array(index.count);
  for (let i = 0, at = 0; i < index.count; i += 1) {
    const end = index.titles.indexOf("\n", at);
    at = (end < 0 ? index.titles.length : end) + 1;
    ends[i] = at;
  }
  return ends;
}

// `500`, `500..900` or, for days, 2026, 2026-05 or 2026-05-01; works without the number never match.
function numberMask(mask, column, operator, text, isDay) {
  const [low, high = low] = text.split("..").map((part) => (isDay ? dayRange(part) : [Number(part || "0"), part ? Number(part) : Infinity]));
  const range = { ">": [high[1] + 0.5, Infinity], ">=": [low[0], Infinity], "<": [0, low[0] - 0.5], "<=": [0, high[1]] }[operator] ?? [low[0], high[1]];
  const [from, to] = range;
  const isKnown = isDay ? 1 : 0;
  for (let i = 0; i < mask.length; i += 1) if (column[i] >= isKnown && column[i] >= from && column[i] <= to) mask[i] = 1;
  return mask;
}

function dayRange(text) {
  const digits = text.replace(/\D/g, "").slice(0, 8);
  if (!digits) return text ? [NaN, NaN] : [0, 99999999];
  return [Number(digits.padEnd(8, "0")), Number(digits.padEnd(8, "9"))];
}
