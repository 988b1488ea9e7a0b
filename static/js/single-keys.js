// Keys that work by themselves, unless somebody is typing or has switched them off (WCAG 2.1.4); kept in this browser.
const SWITCH = "new-visit-key";
const kept = (() => {
  try {
    return window.localStorage;
  } catch {
    return null; // storage is blocked: the keys stay on
  }
})();

// Tell whether a key was pressed alone, outside of a field. Some keyboards have / and ? above another key.
export const isSingle = (event) => {
  if (event.defaultPrevented || event.isComposing || kept?.getItem(SWITCH) === "off") return false;
  const types = event.target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable], dialog, [role=dialog]");
  return !types && !(event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && !"/?".includes(event.key)));
};

for (const field of document.querySelectorAll("[data-single-keys]")) {
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.checked = kept?.getItem(SWITCH) !== "off";
  field.addEventListener("change", () => kept?.setItem(SWITCH, field.checked ? "on" : "off"));
}
