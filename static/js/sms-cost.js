// Says what a text message costs, in the sentences of notifications/admin/message_words/sms_cost.py.
import { SmsText } from "./sms-text.js";

const line = (words, name = "") => {
  const box = document.createElement("p");
  box.className = name;
  box.textContent = words;
  return box;
};

export class SmsCost {
  constructor(data) {
    this.data = data;
    this.text = new SmsText(data.tables);
  }

  say(name, values) {
    return this.data.sentences[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }

  counted(number, noun) {
    return this.say(number === 1 ? noun : `${noun}s`, { n: number });
  }

  marks(places) {
    const named = places.slice(0, this.data.named).map(([mark, place]) => this.say("mark", { mark, place })).join(", ");
    return places.length > this.data.named ? `${named} …` : named;
  }

  notes(count) {
    if (this.data.isRightToLeft && !count.is_gsm7) return [this.data.sentences.script];
    const names = count.costly_values.map((name) => `[${name}]`).join(", ");
    return [
      count.costly.length && this.say("costly", { marks: this.marks(count.costly) }),
      names && this.say("values", { names }),
      count.double.length && this.say("double", { marks: this.marks(count.double) }),
    ].filter(Boolean);
  }

  show(box, count) {
    const head = line("");
    const strong = document.createElement("strong");
    strong.textContent = `${this.counted(count.characters, "character")}, ${this.counted(count.segments, "segment")}`;
    head.append(strong);
    const fresh = [head, ...this.notes(count).map((words) => line(words, "notice tone-attention"))];
    const same = fresh.map((one) => one.textContent).join() === [...box.children].map((one) => one.textContent).join();
    if (!same) box.replaceChildren(...fresh);
  }
}
