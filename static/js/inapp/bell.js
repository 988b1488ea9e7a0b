// The bell, where this page has one, and how the scripts behind it talk to the server.

const found = document.querySelector("[data-bell]");

// null if the page has no bell, or is itself shown in a dialog.
export const bell = window.top === window ? found : null;
export const words = bell?.dataset;

export async function post(address, fields) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", document.querySelector("[data-bell-token] [name=csrfmiddlewaretoken]").value);
  for (const [name, value] of fields) {
    body.append(name, value);
  }
  // keepalive: a link that is followed takes the page away while this is on its way.
  const headers = { "X-Requested-With": "fetch" };
  const answer = await fetch(address, { method: "POST", body, headers, keepalive: true });
  if (!answer.ok) {
    throw Object.assign(new Error(String(answer.status)), { answer });
  }
  return answer;
}
