// Short messages at the edge of the page, which screen readers read out, too.

import { h } from "./html.js";

const polite = h("div.visually-hidden", { "aria-live": "polite", role: "status", id: "announcements" });
const stack = h("section.toasts", { "aria-label": "Notifications" });

/** Puts the places for messages on the page, once. */
export function installToasts() {
  document.body.append(stack, polite);
}

/** Has a screen reader say something that is seen otherwise. */
export function announce(text) {
  polite.textContent = "";
  requestAnimationFrame(() => {
    polite.textContent = text;
  });
}

/**
 * Shows a message.
 *
 * - `kind`: "info", "good" or "bad"; a bad one stays until it is closed.
 * - `action`: { label, run } for a button, such as Undo.
 * - `seconds`: for how long; 6 unless given.
 * Returns what closes it.
 */
export function toast(text, { kind = "info", action = null, seconds = kind === "bad" ? 0 : action ? 10 : 6 } = {}) {
  const node = h("div.toast", { class: kind, role: kind === "bad" ? "alert" : null }, h("span.grow", text));
  const close = () => node.remove();
  if (action) {
    node.append(h("button.link", { type: "button", onclick: () => { close(); action.run(); } }, action.label));
  }
  node.append(h("button.icon", { type: "button", "aria-label": "Close this message", onclick: close }, "✕"));
  while (stack.childElementCount >= 4) stack.firstElementChild.remove();
  stack.append(node);
  if (kind !== "bad") announce(text);
  if (seconds > 0) setTimeout(close, seconds * 1000);
  return close;
}

/** Shows what went wrong with a request. What was given up by the page itself is nobody's concern. */
export function complain(error, doing = "") {
  if (error?.name === "AbortError") return;
  toast(`${doing ? `${doing}: ` : ""}${error?.message ?? error}`, { kind: "bad" });
}
