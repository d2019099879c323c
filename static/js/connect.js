// The connect form: search in a long list of accounts, and a button that says that it is working.

function setUpSearch() {
  const search = document.getElementById("account-search");
  if (!search) return;
  const rows = [...document.querySelectorAll(".choices li")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const count = document.getElementById("account-count");
  search.closest("[hidden]").hidden = false;
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    rows.forEach((row, at) => {
      row.hidden = !words.every((word) => texts[at].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = search.value ? `${shown} of ${rows.length} shown` : "";
  });
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

// The provider may take some seconds. A second press would ask it everything once more.
function setUpWaiting() {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    form.addEventListener("submit", (event) => {
      if (form.ariaBusy === "true") return event.preventDefault();
      form.ariaBusy = "true";
      const button = event.submitter;
      if (!button) return;
      button.dataset.words = button.textContent;
      button.textContent = form.dataset.busy;
    });
  }
}

// Coming back by the browser's Back button shows the page as it was left.
function restore() {
  for (const form of document.querySelectorAll("form[aria-busy=true]")) form.ariaBusy = null;
  for (const button of document.querySelectorAll("button[data-words]")) button.textContent = button.dataset.words;
}

setUpSearch();
setUpWaiting();
addEventListener("pageshow", restore);
