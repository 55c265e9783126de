"use strict";
// Displays one work: its pages, its details, and the text of a novel.

const SWIPE = 50;
const viewer = document.getElementById("viewer");
const notice = document.getElementById("notice");
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
let viewed = null;
let viewedNumber = -1;
let closedNumber = -1;
let viewedPage = 1;
let stage = null;

function pagesOf(work) {
  if (work.animation) return [`animations/${work.animation}`];
  return work.files.slice(0, work.film.length ? 1 : undefined).map(fileUrl);
}

// Opens the work with this number, or closes the viewer if it is -1.
async function showViewer(number, page) {
  viewedNumber = number;
  if (number < 0) {
    if (viewer.open) viewer.close();
    if (viewed) focusTile(Math.max(0, shown.indexOf(closedNumber)));
    viewed = null;
    document.body.append(notice);
    viewer.replaceChildren();
    return;
  }
  closedNumber = number;
  const work = await load(number);
  if (viewedNumber === number) drawViewer(work, page);
}

function drawViewer(work, page) {
  const pages = pagesOf(work);
  const number = Math.min(Math.max(1, page), Math.max(1, pages.length));
  const isDifferentWork = viewed !== work;
  if (isDifferentWork) {
    viewed = work;
    stage = makeStage(work, pages);
    viewer.replaceChildren(stage.root, makeInfo(work, pages), notice); // what is outside of the dialog is covered
    showComments(work);
  }
  if (isDifferentWork || number !== viewedPage) showPage(work, pages, number);
  showViewerBlur();
  if (!viewer.open) viewer.showModal();
  if (isDifferentWork) {
    viewer.scrollTop = 0;
    stage.box.focus({ preventScroll: true });
  }
}

function redrawViewer() {
  const [work, page] = [viewed, viewedPage];
  viewed = null;
  drawViewer(work, page);
}

function makeStage(work, pages) {
  const box = element("div", { className: "box", tabIndex: -1 });
  const back = element("button", { type: "button", className: "turn back", "aria-label": "Previous page", data: { turn: "-1" } });
  const on = element("button", { type: "button", className: "turn on", "aria-label": "Next page", data: { turn: "1" } });
  const slider = element("input", { type: "range", min: "1", max: String(pages.length), step: "1", "aria-label": "Page" });
  const place = element("output", { className: "place" });
  const tools = element("div", { className: "reader-tools" }, ...readerTools(work));
  const pager = element("div", { className: "pager", hidden: pages.length < 2 }, tools, slider, place);
  slider.addEventListener("input", () => goTo(Number(slider.value)));
  const isStrip = layoutOf(work) === "strip";
  const root = element("div", { className: `stage ${pages.length > 1 ? "" : "single"} ${isStrip ? "strip" : ""} ${isRightToLeft(work) ? "rtl" : ""}` }, box, back, on, pager);
  return { root, box, back, on, slider, place };
}

function showPage(work, pages, number) {
  viewedPage = number;
  stage.box.classList.remove("zoomed");
  stage.box.classList.toggle("reading", work.type === "novel" && Boolean(work.text));
  const spread = spreadOf(work, number, pages.length);
  if (layoutOf(work) === "strip") {
    if (!stage.box.querySelector("img")) makeStrip(work, pages);
    jumpInStrip(number);
  } else {
    stage.box.replaceChildren(...spread.flatMap((page) => pictureOf(work, pages, page)));
    stage.box.scrollTop = 0;
  }
  stage.box.classList.toggle("spread", spread.length > 1);
  showPlace(work, pages, number, spread);
  // Preloads the next pages.
  for (const url of pages.slice(spread[spread.length - 1]).slice(0, spread.length)) if (!VIDEOS.test(url)) new Image().src = url;
}

function showPlace(work, pages, number, spread = [number]) {
  const turns = pages.length > 1 && layoutOf(work) !== "strip";
  stage.back.hidden = !turns || spread[0] === 1;
  stage.on.hidden = !turns || spread[spread.length - 1] === pages.length;
  stage.slider.value = String(number);
  stage.place.textContent = `${spread.join("–")} / ${pages.length}`;
  rememberPage(work, spread[spread.length - 1], pages.length);
  document.getElementById("shown-file")?.replaceChildren(fileLink(work.files[number - 1]));
}

// The strip was scrolled to this page.
function passPage(page) {
  if (page === viewedPage) return;
  viewedPage = page;
  showPlace(viewed, pagesOf(viewed), page);
  navigate({ page }, true);
}

function pictureOf(work, pages, number) {
  if (work.type === "novel" && work.text) return novelText(work);
  const url = pages[number - 1];
  if (!url) return [work.thumbnail ? thumbnail(work) : placeholder(work)];
  if (VIDEOS.test(url)) {
    const video = element("video", { src: url, controls: true, loop: true, muted: true, autoplay: !reducedMotion.matches, playsInline: true });
    video.addEventListener("error", () => video.replaceWith(placeholder(work)), { once: true });
    return [video];
  }
  if (work.film.length && !reducedMotion.matches) return [film(work)];
  const isStill = work.type === "ugoira" && reducedMotion.matches && work.thumbnail;
  const alt = pages.length > 1 ? `${work.title}, page ${number}` : work.title;
  const image = element("img", { className: work.type === "ugoira" ? "page moves" : "page", alt, decoding: "async", draggable: false });
  image.addEventListener("error", () => image.replaceWith(placeholder(work)), { once: true });
  image.src = isStill ? `thumbs/${work.thumbnail}` : url;
  if (!isStill) return [image];
  const play = element("button", { type: "button", className: "button play", textContent: "▶ Play" });
  play.addEventListener("click", () => {
    if (work.film.length) image.replaceWith(film(work));
    else image.src = url;
    play.remove();
  });
  return [image, play];
}

// Plays frames that are separate files, each for its delay; stops when the canvas is removed from the page.
function film(work) {
  const canvas = element("canvas", { className: "page moves", role: "img", "aria-label": work.title });
  const frames = work.files.map((path) => element("img", { src: fileUrl(path) }));
  const draw = async (index) => {
    const [number, delay] = work.film[index];
    await frames[number].decode().catch(() => {});
    if (index && !canvas.isConnected) return;
    if (!index) Object.assign(canvas, { width: frames[number].naturalWidth || 1, height: frames[number].naturalHeight || 1 });
    if (frames[number].naturalWidth) canvas.getContext("2d").drawImage(frames[number], 0, 0, canvas.width, canvas.height);
    setTimeout(() => { if (canvas.isConnected) draw((index + 1) % work.film.length); }, Math.max(delay, 1));
  };
  draw(0);
  return canvas;
}

function novelText(work) {
  loadScript("novels", work.text).then((pages) => showNovel(work, pages), showError);
  return [element("p", { className: "waiting", textContent: "…" })];
}

function showNovel(work, pages) {
  if (viewed !== work) return;
  const text = element("div", { className: "novel-text", lang: "ja" }, written("h3", "", viewed.title));
  pages.forEach((page, index) => {
    if (index) text.append(element("hr"));
    text.append(...page.map(lineOf));
  });
  stage.box.replaceChildren(text);
}

// A line is a text, a list of texts, readings and links, a chapter or an image.
function lineOf(line) {
  if (line.image) return element("img", { src: fileUrl(line.image), alt: "", loading: "lazy" });
  const pieces = [line.chapter ?? (line || "\u00a0")].flat().map(pieceOf);
  return element(line.chapter ? "h4" : "p", { dir: "auto" }, ...pieces);
}

function pieceOf(piece) {
  if (piece.reading) {
    const [open, close] = ["(", ")"].map((sign) => element("rp", { textContent: sign }));
    return element("ruby", {}, piece.text, open, element("rt", { textContent: piece.reading }), close);
  }
  return piece.url ? externalLink(piece.text, piece.url) : piece;
}

function showViewerBlur() {
  if (!viewed || !stage) return;
  const isHidden = isBlurred(viewed);
  viewer.classList.toggle("blurred", isHidden);
  let cover = stage.root.querySelector(".uncover");
  if (!isHidden) cover?.remove();
  else if (!cover) {
    cover = element("button", { type: "button", className: "uncover", textContent: `${RATINGS[viewed.rating] ?? "R-18"} · Show` });
    cover.addEventListener("click", () => { reveal(viewed); stage.box.focus({ preventScroll: true }); });
    stage.root.append(cover);
  }
}

function goTo(page) {
  navigate({ work: viewed.key, page }, true);
  if (layoutOf(viewed) === "strip") jumpInStrip(page); // also if the page is the current one
}

// Turns the page; after the last one, moves to the next work of the series, or of the list.
function turn(step) {
  const { length } = pagesOf(viewed);
  const spread = spreadOf(viewed, viewedPage, length);
  const page = step > 0 ? spread[spread.length - 1] + 1 : spread[0] - 1;
  if (page >= 1 && page <= length) goTo(page);
  else if (!(step > 0 && viewed.series && goOnInSeries())) goToWork(step);
}

function goOnInSeries() {
  const works = seriesWorks(viewed.key[0] + viewed.series[0]);
  const place = works.indexOf(viewedNumber);
  if (place < 0 || place === works.length - 1) return false;
  openNumber(works[place + 1], true);
  return true;
}

function goToWork(step) {
  const place = shown.indexOf(viewedNumber);
  if (place >= 0 && place + step >= 0 && place + step < shown.length) openNumber(shown[place + step], true);
}

function closeViewer() {
  if (history.state?.isOpened) history.back();
  else navigate({ work: "", page: 1 }, true);
}

viewer.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeViewer();
});
viewer.addEventListener("close", () => { if (state.work) closeViewer(); });
viewer.addEventListener("click", (event) => {
  const step = event.target.closest("[data-turn]")?.dataset.turn;
  if (step) turn(Number(step));
  else if (event.target.classList.contains("page") && !stage.root.matches(".strip") && !stage.box.matches(".spread")) stage.box.classList.toggle("zoomed");
  else if (event.target === viewer) closeViewer();
});
viewer.addEventListener("keydown", (event) => {
  if (event.target.closest("input, video") || event.altKey || event.ctrlKey || event.metaKey) return;
  const forward = isRightToLeft(viewed) ? -1 : 1;
  const steps = { ArrowLeft: () => turn(-forward), ArrowRight: () => turn(forward), f: toggleFullScreen, Home: () => goTo(1), End: () => goTo(pagesOf(viewed).length) };
  if (!(event.key in steps) || (viewed.type === "novel" && event.key.length < 5) || (event.key === "f" && !isReadable(viewed))) return;
  event.preventDefault();
  steps[event.key]();
});

let touch = null;
viewer.addEventListener("touchstart", (event) => {
  const isSwipe = event.touches.length === 1 && event.target.closest(".box:not(.zoomed)");
  touch = isSwipe ? { x: event.touches[0].clientX, y: event.touches[0].clientY } : null;
}, { passive: true });
viewer.addEventListener("touchend", (event) => {
  if (!touch) return;
  const across = event.changedTouches[0].clientX - touch.x;
  const down = event.changedTouches[0].clientY - touch.y;
  touch = null;
  if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) turn((across < 0) === isRightToLeft(viewed) ? -1 : 1);
}, { passive: true });
