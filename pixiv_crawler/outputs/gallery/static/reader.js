"use strict";
// How the pages of a work are laid out and turned: single pages, spreads of two, or a long strip; from left to right or
// from right to left. The layout, the direction for each type of work and the position in each work are remembered.

const LAYOUTS = { page: "Single page", spread: "Two pages", strip: "Long strip" };
// Where the strip was put by a key, the slider or a link: what the user has chosen is the current page.
const jump = { run: 0, top: -1 };
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

// All pages below each other. Until an image is loaded, it has the shape of the work, so that the strip is not too short.
function makeStrip(work, pages) {
  const { box } = stage;
  box.replaceChildren(...pages.map((src, place) => {
    const image = element("img", { className: "page", src, alt: `${work.title}, page ${place + 1}`, loading: "lazy", decoding: "async", draggable: false });
    image.style.aspectRatio = `auto ${work.ratio}`;
    return image;
  }));
  box.addEventListener("scroll", () => { if (Math.abs(box.scrollTop - jump.top) > 1) passPage(pageInView(box)); });
  for (const name of ["wheel", "touchmove"]) box.addEventListener(name, () => { jump.run += 1; }, { passive: true });
}

// The page in the middle of the view; at the ends, where the middle may be another one, the first or the last.
function pageInView(box) {
  const images = [...box.children];
  if (box.scrollTop <= 1) return 1;
  if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) return images.length;
  const middle = box.getBoundingClientRect().top + box.clientHeight / 2;
  return Math.max(1, images.filter((image) => image.getBoundingClientRect().top <= middle).length);
}

// Shows the start of a page; again when the images around it have their sizes, unless the user has scrolled meanwhile.
async function jumpInStrip(page) {
  const { box } = stage;
  const near = [...box.children].slice(Math.max(0, page - 2), page + 1);
  jump.run += 1;
  const { run } = jump;
  const put = () => {
    if (run !== jump.run || !box.isConnected) return;
    box.children[page - 1].scrollIntoView();
    jump.top = box.scrollTop;
    passPage(page);
  };
  put();
  for (const image of near) image.loading = "eager";
  await Promise.all(near.map((image) => image.decode().catch(() => {})));
  put();
}
