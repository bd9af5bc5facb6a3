// Draws parts of a page anew when what they show has changed, without taking the focus from who is there.

import { fill } from "../lib/html.js";

/** What was drawn in a node, or as a page's heading, last. */
const drawn = new WeakMap();
const focusable = "a[href], button, input, select, textarea, summary, [tabindex]";

function keepingFocus(find, draw) {
  const index = [...(find()?.querySelectorAll(focusable) ?? [])].indexOf(document.activeElement);
  draw();
  if (index >= 0) find()?.querySelectorAll(focusable)[index]?.focus();
}

function hasChanged(key, shown) {
  const text = JSON.stringify(shown);
  if (drawn.get(key) === text) return false;
  drawn.set(key, text);
  return true;
}

/** Fills a node with what `make()` answers, if `shown`, a value of which it is made, is not what it was. */
export function redraw(node, shown, make) {
  if (hasChanged(node, shown)) keepingFocus(() => node, () => fill(node, make()));
}

/** Sets a page's heading and the buttons beside it, `actions()`, if `shown` is not what it was. */
export function redrawHeading(page, shown, text, actions = () => []) {
  if (hasChanged(page, shown)) keepingFocus(() => page.root.querySelector(":scope > .page-header .actions"), () => page.heading(text, ...actions()));
}
