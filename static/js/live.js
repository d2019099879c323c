// Pages that move: the server draws them anew, and what a person has in hand is left alone.
/* global Idiomorph, htmx */

const BUSY = "Syncing... 0s";

Object.assign(Idiomorph.defaults.callbacks, {
  // Forms that are being filled in, and the chart.
  beforeNodeMorphed: (node) => !(node.dataset && "keep" in node.dataset),
  // What somebody has opened to read.
  beforeAttributeUpdated: (name, node) => !(name === "open" && ["details", "dialog"].includes(node.localName)),
});

function poll() {
  return document.getElementById("poll");
}

// The moving part of this page, and the badge of what runs behind all pages.
const isPoll = (element) => element.matches?.("#poll, #background-poll");

function on(name, react) {
  document.addEventListener(`htmx:${name}`, ({ detail }) => react(detail));
}

// A button is pressed once, and says at once that it was.
function press(form) {
  const button = form.querySelector?.("button[data-busy]");
  if (!button) return;
  const label = button.querySelector("span");
  button.setAttribute("aria-disabled", "true");
  button.dataset.label = label.textContent;
  label.textContent = BUSY;
}

function release() {
  for (const button of document.querySelectorAll("button[data-label]")) {
    button.removeAttribute("aria-disabled");
    button.querySelector("span").textContent = button.dataset.label;
  }
}

function fail({ elt, xhr }) {
  if (!isPoll(elt)) {
    release();
    document.getElementById("toasts").append(document.getElementById("failed").content.cloneNode(true));
  } else if (elt === poll() && xhr.status >= 400 && xhr.status < 500) {
    location.reload();
  }
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const asked = isPoll(event.detail.elt);
  if (asked && document.hidden) event.preventDefault();
  else if (!asked) press(event.detail.elt);
});
on("responseError", fail);
on("sendError", fail);

// A whole page in the place of a part, or the sign-in: whoever asks is no longer signed in.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const isPage = detail.target.id === "live" && detail.xhr.responseText.trimStart().startsWith("<!doctype");
  if (!isPage && new URL(detail.xhr.responseURL).pathname !== "/sign-in/") return;
  detail.shouldSwap = false;
  if (detail.xhr.status < 400) location.reload();
});

document.addEventListener(
  "submit",
  (event) => {
    if (event.submitter?.ariaDisabled !== "true") return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const asking of document.querySelectorAll("#poll, #background-poll")) {
    if (asking.getAttribute("hx-trigger").includes("every")) htmx.trigger(asking, "freshet:look");
  }
});
addEventListener("pageshow", ({ persisted }) => persisted && poll() && htmx.trigger(poll(), "freshet:look"));

document.addEventListener("change", ({ target }) => {
  if (target.dataset.helped === undefined) return;
  document.getElementById(target.getAttribute("aria-describedby")).textContent = target.selectedOptions[0].dataset.help;
});
