// Keys that do something wherever the focus is, but where text is typed. "?" lists them.

import { h } from "./html.js";
import { openDialog } from "./dialog.js";

const groups = new Map();
let pending = null;
let timer = null;

/**
 * Adds a key, or two that are pressed one after the other, such as "g j".
 *
 * - `group`: under which heading it is listed.
 * Returns what takes it away again.
 */
export function shortcut(keys, text, run, group = "This page") {
  if (!groups.has(group)) groups.set(group, new Map());
  groups.get(group).set(keys, { text, run });
  return () => groups.get(group)?.delete(keys);
}

/** Adds one that goes with the page. */
export const pageShortcut = (page, keys, text, run) => page.onLeave(shortcut(keys, text, run));

const find = (keys) => [...groups.values()].map((group) => group.get(keys)).find(Boolean);
const begins = (key) => [...groups.values()].some((group) => [...group.keys()].some((keys) => keys.startsWith(`${key} `)));

/** Shows all of them. */
export function showShortcuts() {
  const list = (group) => h("dl.shortcuts", [...groups.get(group)].map(([keys, { text }]) => h("div",
    h("dt", keys.split(" ").map((key, index) => [index > 0 && " then ", h("kbd", key)])), h("dd", text))));
  openDialog({
    title: "Keyboard shortcuts",
    body: [...groups].filter(([, keys]) => keys.size > 0).map(([group]) => [h("h3", group), list(group)]),
    wide: true,
  });
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const { target } = event;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio)$/.test(target.type)) return;
  if (target.isContentEditable || document.querySelector("dialog[open]")) return;
  const keys = pending ? `${pending} ${event.key}` : event.key;
  pending = null;
  clearTimeout(timer);
  const found = find(keys);
  if (found) {
    event.preventDefault();
    found.run();
  } else if (begins(event.key)) {
    pending = event.key;
    timer = setTimeout(() => { pending = null; }, 1500);
  }
}

/** Listens for keys. */
export function installShortcuts() {
  document.addEventListener("keydown", pressed);
  shortcut("?", "Show these shortcuts", showShortcuts, "Everywhere");
}
