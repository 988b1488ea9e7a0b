// Counts the letters and segments of a text message while somebody types it. The server counts again when it is sent
// (notifications/customers/channels/sms_text.py); texts are rewritten there into the cheapest alphabet that can hold
// them, so this is what they cost at most.

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "^{}\\[~]|€\f";
// What the server replaces without asking.
const TWINS = [[/[\u2018\u2019\u201a\u201b\u00b4`]/g, "'"], [/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"'], [/[\u2010-\u2015]/g, "-"], [/\u2026/g, "..."]];

function plain(text) {
  const line = text.replace(/\s+/g, " ").trim();
  return TWINS.reduce((made, [mark, twin]) => made.replace(mark, twin), line.normalize("NFC"));
}

function segments(text) {
  const marks = [...text];
  const isGsm = marks.every((mark) => BASIC.includes(mark) || EXTENSION.includes(mark));
  const sizes = marks.map((mark) => (isGsm ? (EXTENSION.includes(mark) ? 2 : 1) : mark.length));
  const [single, part] = isGsm ? [160, 153] : [70, 67];
  if (sizes.reduce((sum, size) => sum + size, 0) <= single) return text ? 1 : 0;
  let parts = 1;
  let room = part;
  for (const size of sizes) {
    if (size > room) [parts, room] = [parts + 1, part];
    room -= size;
  }
  return parts;
}

const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

for (const field of document.querySelectorAll("[data-sms-text]")) {
  const said = field.closest("form").querySelector("[data-text-count]");
  const hint = said.textContent;
  const count = () => {
    const text = plain(field.value);
    said.textContent = text ? `${[...text].length} characters, ${many(segments(text), "text message")}` : hint;
  };
  field.addEventListener("input", count);
  count();
}
