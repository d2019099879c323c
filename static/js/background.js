// The badge of what runs in the background: a press opens its details, which are asked for only while they are open.
/* global htmx */

const slot = document.getElementById("background-slot");
const dialog = () => document.getElementById("background-dialog");

slot?.addEventListener("click", (event) => {
  if (!event.target.closest("#background-badge") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog().showModal();
  document.getElementById("background-title").focus();
  htmx.trigger("#background-poll", "freshet:look");
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id === "background-poll" && dialog()?.open) detail.parameters.open = "1";
});

// A press beside the card closes it. What opened it may be gone by then.
slot?.addEventListener("click", (event) => event.target === dialog() && dialog().close());
slot?.addEventListener(
  "close",
  () => document.getElementById("background-badge") || document.getElementById("main").focus(),
  true,
);

// A tip that is in the way goes away.
document.addEventListener("keydown", ({ key }) => key === "Escape" && slot?.setAttribute("data-no-tip", ""));
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, ({ target }) => slot?.contains(target) || slot?.removeAttribute("data-no-tip"));
}
