"use strict";
// Completes tags (also by their translations), authors and collections while the user types a query.

const MOST_SUGGESTIONS = 8;
const query = document.getElementById("query");
const suggestions = document.getElementById("suggestions");
const collections = GALLERY.collections.map(([id, title, count]) => ({ id, title, count }));
let chosen = -1;

// The unfinished word or condition before the caret: {start, minus, key, text}; null: there is none that can be completed.
function unfinished() {
  const before = query.value.slice(0, query.selectionStart);
  const [match, prior] = [...before.matchAll(TOKEN)].reverse();
  if (!match || match.index + match[0].length < before.length) return null;
  const [all, open, close, , name, , quoted, value, phrase, word] = match;
  const key = name && isKey(name.toLowerCase()) ? name.toLowerCase() : "";
  const isClosed = (quoted ?? phrase) !== undefined && /".*"$/.test(all);
  if (open || close || isClosed || word === "-" || !["", "tag", "author"].includes(key)) return null;
  const minus = prior?.[3] ?? "";
  const text = key ? quoted ?? value : phrase ?? all;
  return { start: before.length - all.trimStart().length - minus.length, minus, key, text: plain(text) };
}

function candidates({ minus, key, text }) {
  const rank = (entry) => {
    const found = namesOf(entry).filter((name) => name.includes(text));
    return found.length ? { entry, isStart: found.some((name) => name.startsWith(text)) } : null;
  };
  const best = (list, make) => list.map(rank).filter(Boolean)
    .sort((a, b) => b.isStart - a.isStart || b.entry.count - a.entry.count)
    .slice(0, MOST_SUGGESTIONS).map(({ entry }) => make(entry));
  const found = [];
  if (key !== "author") found.push(...best(index.tagList, tagSuggestion));
  if (key !== "tag") found.push(...best(index.authors, authorSuggestion));
  if (!key && !minus) found.push(...best(collections, collectionSuggestion));
  return found.sort((a, b) => b.count - a.count).slice(0, MOST_SUGGESTIONS);
}

function quoted(text) {
  return /[\s()"]/.test(text) ? `"${text.replaceAll('"', "")}"` : text;
}

function tagSuggestion(tag) {
  return { kind: "Tag", name: tag.name, note: tag.translation, count: tag.count, text: `tag:${quoted(tag.name)}` };
}

function authorSuggestion(author) {
  return { kind: "Author", name: author.name, note: author.id, count: author.count, text: `author:${author.id}`, state: { author: author.id, query: "" } };
}

function collectionSuggestion({ id, title, count }) {
  return { kind: "Collection", name: title, note: "", count, state: { collection: id, query: "" } };
}

function suggest() {
  const part = index.isReady ? unfinished() : null;
  const list = part?.text ? candidates(part) : [];
  chosen = -1;
  suggestions.replaceChildren(...list.map((item, place) => {
    const option = element("li", { id: `suggestion-${place}`, role: "option" },
      element("span", { className: "kind", textContent: item.kind }), written("span", "name", item.name),
      element("span", { className: "translation", textContent: item.note }), element("span", { className: "number", textContent: number(item.count) }));
    option.item = item;
    return option;
  }));
  suggestions.hidden = !list.length;
  query.setAttribute("aria-expanded", String(list.length > 0));
  query.removeAttribute("aria-activedescendant");
}

function choose(item) {
  const part = unfinished();
  const after = query.value.slice(query.selectionStart);
  hideSuggestions();
  if (!part) return; // the caret was moved
  if (item.state && !part.minus && !part.key) navigate({ ...item.state, tags: [], work: "" });
  else {
    const before = `${query.value.slice(0, part.start)}${part.minus}${item.text} `;
    query.value = before + after.trimStart();
    query.setSelectionRange(before.length, before.length);
    navigate({ query: query.value }, true);
  }
  query.value = state.query;
}

function hideSuggestions() {
  suggestions.hidden = true;
  query.setAttribute("aria-expanded", "false");
}

function mark(step) {
  const options = [...suggestions.children];
  chosen = (chosen + step + options.length + (chosen < 0 && step < 0 ? 1 : 0)) % options.length;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
  query.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
}

query.addEventListener("input", suggest);
query.addEventListener("blur", hideSuggestions);
query.addEventListener("keydown", (event) => {
  if (suggestions.hidden || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    mark(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    event.preventDefault();
    hideSuggestions();
  } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
    event.preventDefault();
    choose(suggestions.children[chosen].item);
  }
});
// Before the field loses the focus.
suggestions.addEventListener("mousedown", (event) => {
  event.preventDefault();
  const option = event.target.closest("li");
  if (option) choose(option.item);
});
