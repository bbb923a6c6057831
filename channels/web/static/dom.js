// Elements from plain values. Text becomes a text node, always: nothing that anybody wrote is ever markup.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Landlines and five-digit public hotlines can be tapped; 12000 元 cannot. (No look-behind: older phones lack it.)
const PHONE = /(^|[^\d-])(0\d{2,3}-\d{7,8}|12[0-9]{3}(?!\s*[元天日年月个件米份号]))(?![\d-])/g;
const EMERGENCY = /(^|\D)(110|119|120|12356|12345)(?!\d)/g;

export function withPhones(text, urgent = false) {
  const parts = [];
  let from = 0;
  for (const { 0: whole, 1: before, 2: number, index } of text.matchAll(urgent ? EMERGENCY : PHONE)) {
    parts.push(text.slice(from, index) + before, make("a", { href: `tel:${number}`, class: "phone" }, number));
    from = index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}
