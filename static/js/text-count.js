// Counts an answer or a free message as a text message while somebody types, whole: with the company's name that is put
// in front (notifications/customers/conversations/messages.py).
import { SmsCost } from "./sms-cost.js";

const data = JSON.parse(document.getElementById("text-count-data").textContent);
const cost = new SmsCost(data);

for (const field of document.querySelectorAll("[data-sms-text]")) {
  const form = field.closest("form");
  const box = form.querySelector("[data-text-count]");
  const hint = [...box.childNodes];
  const channels = [...form.querySelectorAll("[name=channel], [name=channels]")];
  const goesBySms = () => channels.some((one) => one.value === "sms" && (one.type !== "checkbox" || one.checked));
  const count = () => {
    box.hidden = !goesBySms();
    if (!field.value.trim()) return box.replaceChildren(...hint);
    const isNamed = field.value.toLowerCase().includes(data.company.toLowerCase());
    const whole = data.company && !isNamed ? `${data.company}: ${field.value}` : field.value;
    cost.show(box, cost.text.countText(whole, field.value, data.isRightToLeft));
  };
  form.addEventListener("input", count);
  count();
}
