// Elements from plain values. Text becomes a text node, always: nothing that anybody wrote is ever markup.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const find = (id) => document.getElementById(id);

const read = (id) => JSON.parse(find(id).textContent);
export const words = read("words");
export const channels = read("channels");

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export function clock(iso, day = false) {
  const at = new Date(iso);
  const two = (number) => String(number).padStart(2, "0");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  return day ? `${at.getMonth() + 1}月${at.getDate()}日 ${time}` : time;
}
