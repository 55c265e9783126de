"use strict";
// The details of a work, next to its pages: title, author, counts, series, tags, caption, facts and comments.

function externalLink(text, url) {
  return element("a", { href: url, textContent: text, rel: "noreferrer noopener", target: "_blank" });
}

function makeInfo(work, pages) {
  const tools = element("div", { className: "tools" });
  const tool = (name, sign, act, isOff = false) => {
    const button = element("button", { type: "button", className: `button tool ${name}`, textContent: sign, disabled: isOff, "aria-label": { prior: "Previous work", next: "Next work", close: "Close" }[name] });
    button.addEventListener("click", act);
    tools.append(button);
  };
  const place = shown.indexOf(viewedNumber);
  tool("prior", "←", () => goToWork(-1), place <= 0);
  tool("next", "→", () => goToWork(1), place < 0 || place === shown.length - 1);
  tool("close", "×", closeViewer);
  const title = written("h2", "title", work.title || "Untitled");
  title.id = "viewer-title";
  const chips = element("div", { className: "tags" }, ...work.tags.map((tag) => tagChip(tag, tagOf.get(tag.name)?.count)));
  const info = element("div", { className: "info" }, tools, title, authorButton(work), badges(work), counts(work), ...seriesLinks(work), chips);
  if (work.caption) info.append(written("p", "caption", work.caption));
  info.append(facts(work, pages));
  if (work.talk) info.append(element("section", { id: "comments", "aria-label": "Comments" }));
  return info;
}

// The series, with the number of the work in it, and the next work.
function seriesLinks(work) {
  if (!work.series) return [];
  const id = work.key[0] + work.series[0];
  const works = seriesWorks(id);
  const place = works.indexOf(viewedNumber);
  const all = element("button", { type: "button", className: "series", data: { series: id } }, written("span", "name", work.series[1]),
    element("span", { className: "number", textContent: place >= 0 ? ` ${place + 1} of ${works.length}` : "" }));
  if (place < 0 || place === works.length - 1) return [all];
  const next = element("button", { type: "button", className: "button next-in-series", textContent: "Next in the series →" });
  next.addEventListener("click", goOnInSeries);
  return [all, next];
}

function showComments(work) {
  if (!work.talk) return;
  loadScript("comments", work.talk).then((comments) => {
    if (viewed !== work) return;
    const list = comments.map(([id, name, date, text, isReply]) => element("article", { className: isReply ? "comment reply" : "comment" },
      element("p", { className: "head" }, externalLink(name || `User ${id}`, `https://www.pixiv.net/users/${id}`), ` ${date.slice(0, 16).replace("T", " ")}`), written("p", "text", text)));
    document.getElementById("comments").replaceChildren(element("h3", { textContent: `${number(list.length)} ${list.length === 1 ? "comment" : "comments"}` }), ...list);
  }, showError);
}

function fileLink(path) {
  return element("a", { href: fileUrl(path), textContent: path.split("/").pop(), target: "_blank", rel: "noopener" });
}

function facts(work, pages) {
  const list = element("dl", { className: "facts" });
  const add = (name, value) => { if (value) list.append(element("dt", { textContent: name }), element("dd", {}, value)); };
  const link = (url) => externalLink(url, url);
  const minute = (time) => time.slice(0, 16).replace("T", " ");
  add("Type", TYPES[work.type] ?? work.type);
  if (work.textLength) add("Length", `${number(work.textLength)} characters`);
  if (work.type !== "novel" && work.pageCount > 1) {
    add("Pages", pages.length < work.pageCount ? `${number(work.pageCount)}, ${number(pages.length)} downloaded` : number(work.pageCount));
  }
  if (work.date) add("Published", `${minute(work.date)} (Japan)`);
  if (work.fetched) add("Fetched", `${minute(work.fetched)} UTC`);
  if (work.files.length && !work.film.length) add("File", element("span", { id: "shown-file" }));
  for (const path of work.documents) add("File", fileLink(path));
  add("On Pixiv", link(pixivUrl(work)));
  add("Author", link(`https://www.pixiv.net/users/${work.author.id}`));
  return list;
}
