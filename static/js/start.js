// The first minutes of an account: a card in front of everything, which leads on when the recent data is there.

const LEAVES_AFTER_MS = 2000;
const card = document.getElementById("start");
let leaving, stayed = false;

const goOn = () => location.assign(card.dataset.dashboard);

function look() {
  if (stayed || leaving || !card.querySelector("[data-leave]")) return;
  leaving = setTimeout(goOn, LEAVES_AFTER_MS);
}

function stay() {
  clearTimeout(leaving);
  leaving = undefined;
  stayed = true;
  card.dataset.stayed = "";
  document.getElementById("go-on").focus();
}

// Escape: first it stops what would happen by itself, then it goes on in the background.
card.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (leaving) stay();
  else goOn();
});
card.addEventListener("close", goOn);
card.addEventListener("click", (event) => event.target.closest("[data-stay]") && stay());
document.addEventListener("htmx:afterSwap", look);

card.removeAttribute("open");
card.showModal();
document.getElementById("start-title").focus();
look();
