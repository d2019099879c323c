// Save and Discard are offered once there is something to save. What the server has sent back (data-typed="sent") is.

const form = document.getElementById("intervals");

function isTyped(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return "defaultValue" in field && field.value !== field.defaultValue;
}

function look() {
  if (form.dataset.typed !== "sent") form.toggleAttribute("data-typed", [...form.elements].some(isTyped));
}

form.addEventListener("input", look);
addEventListener("pageshow", look);
look();
