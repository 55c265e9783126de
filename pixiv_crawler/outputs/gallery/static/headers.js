"use strict";
// What is above the works: the profile of an author, the title of a collection or series, and the list of collections.

const MOST_COLLECTIONS = 100;
const header = document.getElementById("header");

function showHeader() {
  if (state.author) showAuthor(state.author);
  else if (state.series) showTitle("Series", index.seriesList.find((series) => series.id === state.series)?.title);
  else if (state.collection) showTitle("Collection", GALLERY.collections.find(([id]) => id === state.collection)?.[1]);
  else header.replaceChildren();
  header.hidden = !header.childNodes.length;
  for (const chip of document.querySelectorAll("#collections .tag")) chip.setAttribute("aria-pressed", String(chip.dataset.collection === state.collection));
}

function showTitle(kind, title) {
  header.className = "header";
  header.replaceChildren(element("p", { className: "kind", textContent: kind }), written("h2", "title", title ?? "Unknown"));
}

function showAuthor(id) {
  const author = index.authors.find((entry) => entry.id === id) ?? { id, name: `User ${id}`, count: 0, profile: "" };
  drawAuthor(author, { name: author.name, text: "", links: [], facts: [], avatar: "", background: "" });
  if (author.profile) loadScript("authors", author.profile).then((profile) => { if (state.author === id) drawAuthor(author, profile); }, showError);
}

function drawAuthor(author, profile) {
  const name = profile.name || author.name;
  const avatar = profile.avatar
    ? element("img", { className: "avatar", src: fileUrl(profile.avatar), alt: "" })
    : element("span", { className: "avatar", textContent: [...name][0] ?? "?", "aria-hidden": "true" });
  avatar.style.setProperty("--hue", String((Number(author.id) * 47) % 360));
  const facts = [`${number(author.count)} ${author.count === 1 ? "work" : "works"} here`];
  if (profile.works) facts.push(`${number(profile.works)} on Pixiv`);
  if (profile.follows) facts.push(`follows ${number(profile.follows)}`);
  const page = `https://www.pixiv.net/users/${author.id}`;
  const links = element("p", { className: "links" }, ...[page, ...profile.links].map((url) => externalLink(url.replace(/^https?:\/\/(www\.)?/, ""), url)));
  const text = element("div", { className: "profile" }, written("h2", "title", name),
    element("p", { className: "facts", textContent: [...(profile.account ? [`@${profile.account}`] : []), ...facts, ...profile.facts].join(" · ") }), links);
  if (profile.text) text.append(written("p", "text", profile.text));
  header.className = "header author-page";
  header.replaceChildren(avatar, text);
  if (profile.background) header.prepend(element("img", { className: "background", src: fileUrl(profile.background), alt: "" }));
}

function fillCollections() {
  const chips = GALLERY.collections.slice(0, MOST_COLLECTIONS).map(([id, title, count]) => element("button", { type: "button", className: "tag", data: { collection: id } },
    written("span", "name", title), element("span", { className: "number", textContent: number(count) })));
  document.getElementById("collections").replaceChildren(...chips);
  document.getElementById("collections").hidden = !chips.length;
}
