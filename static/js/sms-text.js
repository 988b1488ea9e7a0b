// Counts a text message while somebody types, as notifications/customers/wording/sms_count.py does, which is what
// counts. `tables` are its TABLES.
const MARK = /\[\[|\[([a-z_]{1,30})\]/gu;
// Up to what Python takes for white space.
const OWN_LINK = /https?:\/\/[^\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
// As in fsportal/lib/text.py.
const LINE_BREAKS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/gu;
const HARMFUL =
  /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\u{e0000}-\u{e007f}]/gu;
const RIGHT_TO_LEFT_LETTER = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

const namesIn = (text) => [...new Set([...text.matchAll(MARK)].filter((found) => found[1]).map((found) => found[1]))];

// Python's quote(value, safe="").
const quoted = (value) =>
  encodeURIComponent(value).replace(/[!'()*]/gu, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

function filled(line, values) {
  const links = [...line.matchAll(OWN_LINK)].map((found) => [found.index, found.index + found[0].length]);
  return line.replace(MARK, (whole, name, place) => {
    if (!name) return "[";
    const value = values[name] ?? "";
    return links.some(([start, end]) => start <= place && place < end) ? quoted(value) : value;
  });
}

export function fill(text, values, optional = []) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const kept = lines.filter((line) => namesIn(line).every((name) => values[name] || optional.includes(name)));
  return kept.map((line) => filled(line, values)).join("\n");
}

const oneLine = (text) =>
  text.replace(LINE_BREAKS, " ").replace(HARMFUL, "").split(/\s+/u).filter(Boolean).join(" ").normalize("NFC");

// An accent moves in front of one of the highest class when a text is put into its normal order; a letter does not.
const isAccent = (mark) => mark === "\u0345" || `\u0345${mark}`.normalize("NFD") !== `\u0345${mark}`;

export class SmsText {
  constructor(tables) {
    this.basic = new Set([...tables.basic]);
    this.extension = new Set([...tables.extension]);
    this.plain = tables.plain;
    this.latin = tables.latin;
  }

  isGsm7(text) {
    return [...text].every((mark) => this.basic.has(mark) || this.extension.has(mark));
  }

  bare(mark) {
    const parts = (this.latin[mark] ?? mark).normalize("NFKD");
    return [...parts].filter((part) => !isAccent(part)).join("");
  }

  gsmSafe(text) {
    const plain = [...text.normalize("NFC")].map((mark) => this.plain[mark] ?? mark).join("");
    const bare = [...plain].map((mark) => (this.isGsm7(mark) ? mark : this.bare(mark))).join("");
    return this.isGsm7(bare) ? bare : plain;
  }

  isCostly(mark) {
    const plain = [...mark.normalize("NFC")].map((one) => this.plain[one] ?? one).join("");
    return !this.isGsm7([...plain].map((one) => this.bare(one)).join(""));
  }

  segments(text) {
    const cheap = this.isGsm7(text);
    const sizes = [...text].map((mark) => ((cheap ? this.extension.has(mark) : mark.length === 2) ? 2 : 1));
    const [single, part] = cheap ? [160, 153] : [70, 67];
    if (sizes.reduce((sum, size) => sum + size, 0) <= single) return text ? 1 : 0;
    let [parts, room] = [1, part];
    for (const size of sizes) {
      if (size > room) [parts, room] = [parts + 1, part];
      room -= size;
    }
    return parts;
  }

  firstPlaces(text, isMeant) {
    const places = new Map();
    [...text.normalize("NFC")].forEach((mark, index) => {
      const isNothing = /^[\s\u0085]$/u.test(mark) || mark.replace(HARMFUL, "") === "";
      if (!isNothing && isMeant(mark) && !places.has(mark)) places.set(mark, index + 1);
    });
    return [...places];
  }

  // Words with placeholders.
  count(words, values, isRightToLeft, optional = []) {
    const typed = words.normalize("NFC").replace(MARK, (whole, name) => (name ? " " : "[").padEnd(whole.length));
    const count = this.countText(fill(words, values, optional), typed, isRightToLeft);
    const isDear = (name) => [...(values[name] ?? "")].some((mark) => this.isCostly(mark));
    return { ...count, costly_values: count.is_gsm7 ? [] : namesIn(words).filter(isDear) };
  }

  // A whole text, as it goes out; places are those in what is typed of it.
  countText(whole, typed, isRightToLeft) {
    let text = this.gsmSafe(oneLine(whole));
    if (isRightToLeft) {
      const first = [...text].find((mark) => /\p{L}/u.test(mark)) ?? "";
      if (!RIGHT_TO_LEFT_LETTER.test(first) && RIGHT_TO_LEFT_LETTER.test(text)) text = `\u200f${text}`;
    }
    const cheap = this.isGsm7(text);
    return {
      characters: [...text].reduce((sum, mark) => sum + (cheap && this.extension.has(mark) ? 2 : 1), 0),
      segments: this.segments(text),
      is_gsm7: cheap,
      costly: cheap ? [] : this.firstPlaces(typed, (mark) => this.isCostly(mark)),
      double: cheap ? this.firstPlaces(typed, (mark) => this.extension.has(mark)) : [],
      costly_values: [],
    };
  }
}
