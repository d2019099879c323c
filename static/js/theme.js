// Runs before the first paint, so that no page flashes in the wrong theme. The switch itself is in freshet.js.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("theme") || "auto";
  } catch {
    // Storage may be forbidden: then the theme follows the system.
  }
  const apply = () => {
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  };
  root.classList.add("js");
  dark.addEventListener("change", apply);
  addEventListener("freshet:theme", (event) => {
    chosen = event.detail;
    apply();
  });
  apply();
  root.dataset.themeChoice = chosen;
})();
