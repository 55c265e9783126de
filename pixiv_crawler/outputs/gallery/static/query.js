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
const DAY = /^(\d{4})(?:(\d\d)(\d\d)?|[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/;
const USAGE = {
  __proto__: null,
  date: "date:2026, date:2026-05 or date>=2026-05-01",
  ai: "ai:yes, ai:no or ai:unknown",
  rating: "rating:all, rating:r18 or rating:r18g",
  type: "type:illust, type:manga, type:ugoira or type:novel",
  id: "id:123",
};
const MAX_DEPTH = 50;
const MAX_MASKS = 40;
const masks = new Map();

function tokensOf(text) {
  const tokens = [];
  for (const match of text.matchAll(TOKEN)) {
    const [, open, close, minus, key, operator, quoted, value, phrase, word] = match;
    if (open || close || minus) tokens.push({ sign: open || close || minus });
    else if (word === "OR") tokens.push({ sign: "OR" });
    else if (key && isKey(key.toLowerCase())) {
      if (quoted || value) tokens.push({ key: key.toLowerCase(), operator: operator.replace(/^:(?=.)/, ""), value: quoted ?? value }); // not while it is being typed
    }
    else tokens.push({ key: "", operator: ":", value: phrase ?? word ?? match[0].trim() });
  }
  return tokens;
}

function isKey(key) {
  return key in NUMBERS || key in CHOICES || ["tag", "author", "title", "series", "type", "id"].includes(key);
}

// {and: [...], problems}: its parts are {or: [...]}, {and: [...]}, {not: ...} or a condition {key, operator, value}.
// `problems` says in sentences what is wrong in the query and therefore ignored.
function parseQuery(text) {
  const tokens = tokensOf(text);
  const problems = new Set();
  let place = 0;
  let depth = 0;
  const alternatives = () => {
    const parts = [conjunction()];
    while (tokens[place]?.sign === "OR") { place += 1; parts.push(conjunction()); }
    const filled = parts.filter((part) => part.and.length);
    return filled.length > 1 ? { or: filled } : filled[0] ?? null;
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
    if (token?.sign === "(") return group();
    const problem = token && !token.sign && problemOf(token);
    if (problem) problems.add(problem);
    return problem || token?.sign ? null : token;
  };
  const group = () => {
    if (depth === MAX_DEPTH) throw new RangeError(`More than ${MAX_DEPTH} parentheses are inside each other, so the query is ignored.`);
    depth += 1;
    const part = alternatives();
    depth -= 1;
    if (place === tokens.length) problems.add("A parenthesis is not closed.");
    else if (tokens[place - 1].sign === "(") problems.add("Empty parentheses are ignored.");
    place += 1;
    return part;
  };
  try {
    const parts = [alternatives()];
    while (place < tokens.length) { // behind a parenthesis that was not open
      problems.add("A parenthesis is closed that was not opened.");
      place += 1;
      parts.push(alternatives());
    }
    return { and: parts.filter(Boolean), problems: [...problems] };
  } catch (error) {
    return { and: [], problems: [error.message] };
  }
}

// What is wrong with a condition; empty: nothing.
function problemOf({ key, operator, value }) {
  const text = plain(value);
  const isValid = key in NUMBERS ? rangeOf(operator, text, key === "date")
    : key in CHOICES ? choiceOf(key, text) >= 0
      : key === "type" ? typeOf(text) >= 0
        : key !== "id" || /^\d+$/.test(text);
  return isValid ? "" : `${key}${operator}${value} is not valid and ignored; write ${USAGE[key] ?? `${key}>500 or ${key}:100..900`}.`;
}

function choiceOf(key, text) {
  return CHOICES[key].findIndex((names) => names.includes(text));
}

function typeOf(text) {
  return index.types.indexOf(TYPE_WORDS[text] ?? text);
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
  if (key in NUMBERS) return numberMask(mask, index[NUMBERS[key]], rangeOf(operator, text, key === "date"), key === "date");
  if (key in CHOICES) return equalMask(mask, index[key], new Set([choiceOf(key, text)]));
  if (key === "type") return equalMask(mask, index.type, new Set([typeOf(text)]));
  if (key === "id") return equalMask(mask, index.id, new Set([Number(text)]));
  if (key === "tag") return tagMask(mask, tagsNamed(text));
  if (key === "author") return equalMask(mask, index.author, placesOf(index.authors, (author) => author.id === text || hasText(author, text)));
  if (key === "series") return equalMask(mask, index.series, placesOf(index.seriesList, (series) => hasText(series, text), 1));
  titleMask(mask, text);
  if (key === "title") return mask;
  if (/^\d+$/.test(text)) equalMask(mask, index.id, new Set([Number(text)]));
  equalMask(mask, index.author, placesOf(index.authors, (author) => hasText(author, text)));
  equalMask(mask, index.series, placesOf(index.seriesList, (series) => hasText(series, text), 1));
  return tagMask(mask, new Set(index.tagList.filter((tag) => hasText(tag, text)).map((tag) => tag.number)));
}

// The name or title and the translation as they are compared, computed on first use.
function namesOf(entry) {
  entry.names ??= [entry.name ?? entry.title, entry.translation].filter(Boolean).map(plain);
  return entry.names;
}

function hasText(entry, text) {
  return namesOf(entry).some((name) => name.includes(text));
}

function placesOf(list, matches, start = 0) {
  return new Set(list.flatMap((entry, place) => (matches(entry) ? [place + start] : [])));
}

function tagsNamed(text) {
  const start = text.endsWith("*") ? text.slice(0, -1) : null;
  const matches = (name) => (start === null ? name === text : name.startsWith(start));
  return new Set(index.tagList.filter((tag) => namesOf(tag).some(matches)).map((tag) => tag.number));
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

// The works whose number is in a range [from, to]; works without the number never match.
function numberMask(mask, column, range, isDay) {
  const [from, to] = range ?? [1, 0];
  const least = Math.max(from, isDay ? 1 : 0);
  for (let i = 0; i < mask.length; i += 1) if (column[i] >= least && column[i] <= to) mask[i] = 1;
  return mask;
}

// The range of `500`, `500..900` or, for days, 2026, 2026-05 or 2026-05-01; null: the text is not valid.
function rangeOf(operator, text, isDay) {
  const ends = text.split("..");
  const [low, high = low] = ends.map((part) => (isDay ? dayRange(part) : numberRange(part)));
  if (!low || !high || ends.length > 2) return null;
  return { ">": [high[1] + 0.5, Infinity], ">=": [low[0], Infinity], "<": [0, low[0] - 0.5], "<=": [0, high[1]] }[operator] ?? [low[0], high[1]];
}

function numberRange(text) {
  if (!text) return [0, Infinity];
  const value = /^\d[\d,]*$/.test(text) ? Number(text.replaceAll(",", "")) : null;
  return value === null ? null : [value, value];
}

function dayRange(text) {
  if (!text) return [0, 99999999];
  const match = DAY.exec(text);
  if (!match) return null;
  const [year, month, day] = [match[1], match[2] ?? match[4], match[3] ?? match[5]];
  if (month && !(month >= 1 && month <= 12 && (!day || (day >= 1 && day <= 31)))) return null;
  const digits = [year, month, day].filter(Boolean).map((part) => part.padStart(2, "0")).join("");
  return [Number(digits.padEnd(8, "0")), Number(digits.padEnd(8, "9"))];
}
