// Makes nodes. Text is always text: there is no way here by which it could become markup.

const svgTags = new Set(["svg", "path", "circle", "rect", "line", "polyline", "title", "g"]);

/**
 * An element, such as h("button.primary", { type: "submit", onclick: save }, "Save").
 *
 * - `tag`: its name, with classes and an id as in a selector.
 * - `attributes`: may be left out. Functions under names with `on` listen; `class`, `dataset`, `style` (an object), `value`, `checked` and
 *   `indeterminate` mean what they say; null, undefined and false leave one out; true is an empty attribute.
 * - `children`: nodes, texts, numbers and arrays of them; null, undefined and false are passed over.
 */
export function h(tag, attributes, ...children) {
  if (attributes instanceof Node || typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) {
    children.unshift(attributes);
    attributes = {};
  }
  const [, name, rest] = /^([a-z0-9-]*)(.*)$/i.exec(tag);
  const node = svgTags.has(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name || "div");
  for (const part of rest.match(/[.#][^.#]+/g) ?? []) {
    if (part[0] === "#") node.id = part.slice(1);
    else node.classList.add(part.slice(1));
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) set(node, key, value);
  }
  append(node, children);
  return node;
}

/** Puts children in the place of those that a node has. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/** Sets one attribute, as `h` does. */
export function set(node, key, value) {
  if (key.startsWith("on") && typeof value === "function") return node.addEventListener(key.slice(2), value);
  if (value === null || value === undefined || value === false) {
    if (key === "checked" || key === "indeterminate") node[key] = false;
    // Without classes, styles or data of its own a node keeps those that it has.
    if (["class", "style", "dataset"].includes(key)) return undefined;
    return node.removeAttribute(key);
  }
  if (key === "class") return node.classList.add(...String(value).split(" ").filter(Boolean));
  if (key === "dataset") return Object.assign(node.dataset, value);
  if (key === "style") {
    for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
    return undefined;
  }
  if (key === "value" || key === "checked" || key === "indeterminate") {
    node[key] = value;
    return undefined;
  }
  if (key === "href" && !/^(#|\.|https?:|blob:)/.test(value)) throw new Error(`no link to ${value}`);
  if (/^on|^srcdoc$|^formaction$/.test(key)) throw new Error(`no attribute ${key}`);
  return node.setAttribute(key, value === true ? "" : String(value));
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === true) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Keeps a node's children up to date without touching those that stay the same, so that folds, scrolling, focus and selected text stay.
 *
 * Returns a function that is given the parts: [key, source (any value; the part is made anew when it differs), make()]; null parts are passed over,
 * and so is a part whose `make` answers nothing.
 */
export function keeper(node) {
  const kept = new Map();
  const focusable = "a[href], button, input, select, textarea, summary, [tabindex]";
  return (parts) => {
    const wanted = [];
    const keys = new Set();
    let focus = null;
    for (const [key, source, make] of parts.filter(Boolean)) {
      const text = JSON.stringify(source) ?? "";
      const old = kept.get(key);
      keys.add(key);
      if (old && old.text === text) {
        wanted.push(old.node);
        continue;
      }
      const made = make() || null;
      const index = old?.node?.contains(document.activeElement) ? [old.node, ...old.node.querySelectorAll(focusable)].indexOf(document.activeElement) : -1;
      if (made && index >= 0) focus = () => [made, ...made.querySelectorAll(focusable)][index]?.focus({ preventScroll: true });
      kept.set(key, { text, node: made });
      wanted.push(made);
    }
    for (const key of [...kept.keys()]) if (!keys.has(key)) kept.delete(key);
    const list = wanted.filter(Boolean);
    const stays = new Set(list);
    for (const child of [...node.children]) if (!stays.has(child)) child.remove();
    list.forEach((child, index) => {
      if (node.children[index] !== child) node.insertBefore(child, node.children[index] ?? null);
    });
    focus?.();
  };
}

let last = 0;

/** An id that nothing else on the page has. */
export const newId = (prefix = "id") => `${prefix}-${(last += 1)}`;
