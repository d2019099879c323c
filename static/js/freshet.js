// Everything that moves without asking the server: theme switch, toasts, relative times, counted seconds.

const STEPS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const TOAST_MS = 8000;

function setUpTheme() {
  const chosen = document.documentElement.dataset.themeChoice;
  for (const radio of document.querySelectorAll("input[name=theme]")) {
    radio.checked = radio.value === chosen;
    radio.addEventListener("change", () => choose(radio.value));
  }
}

function choose(theme) {
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Not remembered, but applied.
  }
  dispatchEvent(new CustomEvent("freshet:theme", { detail: theme }));
}

// The same words as `relative` in syncing/status/freshness.py. isAhead: it was to come when the server said it; this
// machine's clock may be seconds off.
function relative(seconds, short, isAhead) {
  const size = Math.trunc(Math.abs(seconds));
  if (size < 5) return isAhead && seconds < 0 ? "in a moment" : "just now";
  const [unit, length] = STEPS.find(([, length]) => size >= length);
  const number = Math.floor(size / length);
  const said = short && length < 3600 ? unit.slice(0, 3) : unit + (number === 1 ? "" : "s");
  const words = `${number} ${said}`;
  return seconds > 0 ? `${words} ago` : `in ${words}`;
}

// The same words as `counted` in syncing/status/outcomes.py.
function counted(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours) return `${hours}h ${minutes}m`;
  return minutes ? `${minutes}m ${Math.floor(seconds % 60)}s` : `${Math.floor(seconds)}s`;
}

// Counts on from what the server said, whatever this machine's clock says.
const begun = new WeakMap();
function elapsed(element) {
  const said = element.dataset.elapsed;
  if (begun.get(element)?.said !== said) begun.set(element, { said, at: performance.now() });
  return Number(said) + (performance.now() - begun.get(element).at) / 1000;
}

function secondsSince(element) {
  return (Date.now() - Date.parse(element.dateTime)) / 1000;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    write(time, relative(secondsSince(time), time.dataset.ago === "short", "ahead" in time.dataset));
  }
  for (const count of document.querySelectorAll("[data-elapsed]")) write(count, counted(elapsed(count)));
}

// Toasts are sent by the server as part of the page. Put in once more, they are read out.
function setUpToasts() {
  const region = document.getElementById("toasts");
  const waiting = [...region.children];
  region.replaceChildren();
  const watch = new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    outdate(region, added);
    added.forEach(expire);
  });
  watch.observe(region, { childList: true });
  region.addEventListener("click", (event) => event.target.closest("button")?.closest(".note").remove());
  setTimeout(() => region.append(...waiting), 100);
}

// What succeeded last says it all; each mistake is worth its own reading.
function outdate(region, added) {
  if (!added.some((toast) => toast.matches?.(".note-success"))) return;
  for (const toast of region.querySelectorAll(".note-success")) if (!added.includes(toast)) toast.remove();
}

function expire(toast) {
  if (!toast.dataset || toast.dataset.stays !== undefined) return;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, TOAST_MS);
}

setUpTheme();
setUpToasts();
tick();
setInterval(() => document.hidden || tick(), 1000);
document.addEventListener("visibilitychange", () => document.hidden || tick());
document.addEventListener("htmx:afterSwap", tick);
