// Everything that moves without asking the server: theme switch, toasts, relative times, elapsed timers.

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

// The same words as `relative` in syncing/templatetags/freshet.py.
function relative(seconds) {
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  const [unit, length] = STEPS.find(([, length]) => size >= length);
  const number = Math.floor(size / length);
  const words = `${number} ${unit}${number === 1 ? "" : "s"}`;
  return seconds > 0 ? `${words} ago` : `in ${words}`;
}

function elapsed(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const pad = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

function secondsSince(element) {
  return Math.trunc((Date.now() - Date.parse(element.dateTime)) / 1000);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) write(time, relative(secondsSince(time)));
  for (const time of document.querySelectorAll("time[data-elapsed]")) write(time, elapsed(Math.max(0, secondsSince(time))));
}

// Toasts are sent by the server as part of the page. Put in once more, they are read out.
function setUpToasts() {
  const region = document.getElementById("toasts");
  const waiting = [...region.children];
  region.replaceChildren();
  setTimeout(() => waiting.forEach((toast) => show(region, toast)), 100);
}

function show(region, toast) {
  const close = () => toast.remove();
  toast.querySelector("button").addEventListener("click", close);
  region.append(toast);
  if (toast.dataset.stays !== undefined) return;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : close());
  setTimeout(leave, TOAST_MS);
}

setUpTheme();
setUpToasts();
tick();
setInterval(() => document.hidden || tick(), 1000);
document.addEventListener("visibilitychange", () => document.hidden || tick());
