"use strict";
// How the pages of a work are laid out and turned: single pages, spreads of two, or a long strip; from left to right or
// from right to left. The layout, the direction for each type of work and the position in each work are remembered.

const LAYOUTS = { page: "Single page", spread: "Two pages", strip: "Long strip" };
const reader = remembered("reader", { layout: "page", isRightToLeft: {} });

function layoutOf(work) {
  return isReadable(work) && reader.layout in LAYOUTS ? reader.layout : "page";
}

// Works of several pages that are images.
function isReadable(work) {
  return work.type !== "novel" && work.type !== "ugoira" && work.files.length > 1 && !work.files.some((path) => VIDEOS.test(path));
}

function isRightToLeft(work) {
  return isReadable(work) && layoutOf(work) !== "strip" && (reader.isRightToLeft[work.type] ?? work.isRightToLeft);
}

// The pages that are shown together with a page: the first one is alone, like a cover.
function spreadOf(work, page, count) {
  if (layoutOf(work) !== "spread" || page === 1) return [page];
  const left = page - (page % 2);
  return left < count ? [left, left + 1] : [left];
}

function rememberPage(work, page, count) {
  if (isReadable(work)) remember(`page ${work.key}`, page === count ? 1 : page);
}

function rememberedPage(work) {
  const page = work && isReadable(work) ? remembered(`page ${work.key}`, 1) : 1;
  return page <= work?.files.length ? page : 1;
}

function readerTools(work) {
  if (!isReadable(work)) return [];
  const tool = (name, text, isPressed, act) => {
    const button = element("button", { type: "button", className: `button reader ${name}`, textContent: text, "aria-pressed": String(isPressed) });
    button.addEventListener("click", act);
    return button;
  };
  const layouts = Object.entries(LAYOUTS).map(([name, text]) => tool(name, text, layoutOf(work) === name, () => setReader({ layout: name })));
  const direction = tool("direction", isRightToLeft(work) ? "← Right to left" : "Left to right →", isRightToLeft(work), () => setReader({ isRightToLeft: { ...reader.isRightToLeft, [work.type]: !isRightToLeft(work) } }));
  direction.disabled = layoutOf(work) === "strip";
  return [...layouts, direction, tool("full", "Full screen", false, toggleFullScreen)];
}

function setReader(change) {
  Object.assign(reader, change);
  remember("reader", reader);
  redrawViewer();
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else viewer.querySelector(".stage").requestFullscreen().catch(showError);
}

// All pages below each other; the one in the middle of the view is the current one.
function stripOf(work, pages, current) {
  const images = pages.map((url, place) => element("img", { className: "page", src: url, alt: `${work.title}, page ${place + 1}`, loading: place < current + 2 ? "eager" : "lazy", decoding: "async", draggable: false }));
  const observer = new IntersectionObserver((entries) => {
    const visible = entries.filter((entry) => entry.isIntersecting).map((entry) => images.indexOf(entry.target) + 1);
    if (visible.length && viewed === work) passPage(visible[visible.length - 1]);
  }, { root: stage.box, rootMargin: "-50% 0px" });
  const jump = () => { images[current - 1]?.scrollIntoView(); };
  Promise.all(images.slice(0, current).map((image) => image.decode().catch(() => {}))).then(() => {
    jump();
    for (const image of images) observer.observe(image);
  });
  return images;
}
