// The three calls that matter, for pages on which somebody is signed in. What goes wrong is an Error whose message is
// a sentence for people.

export const enqueueSync = (id, scope = {}) => call("POST", `${id}/sync-now`, scope);
export const setFrequency = (id, value) => call("PATCH", `${id}/sync-frequency`, { sync_frequency: value });
export const syncStatus = (id) => call("GET", `${id}/sync-status`);

async function call(method, path, body) {
  const answer = await send(method, path, body);
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  if (answer.status === 401) throw new Error("You are signed out. Sign in and try again.");
  const sentence = said.detail ?? "Something went wrong. Try again in a moment.";
  throw new Error([sentence, said.remedy].filter(Boolean).join(" "));
}

function send(method, path, body) {
  const headers = method === "GET" ? {} : { "Content-Type": "application/json", ...csrf() };
  return fetch(`/api/connections/${path}`, { method, headers, body: body && JSON.stringify(body) }).catch(() => {
    throw new Error("Freshet does not answer. Check your connection and try again.");
  });
}

// Every page carries the token where htmx finds it.
function csrf() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
}
