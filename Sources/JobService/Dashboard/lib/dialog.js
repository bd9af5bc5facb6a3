// Windows above the page. <dialog> keeps the focus within and gives it back.

import { fill, h, newId } from "./html.js";

/**
 * Opens a window.
 *
 * - `title`, `body` (nodes).
 * - `actions`: [{ label, kind ("primary", "danger"), run (may be async; the window closes unless it answers false or throws) }].
 * - `onClose`: called when it has closed, however that came.
 * Returns { close, node, say(text) }, where `say` shows what is wrong.
 */
export function openDialog({ title, body, actions = [], onClose = () => {}, wide = false }) {
  const id = newId("dialog");
  const complaint = h("div", { role: "alert" });
  const close = () => node.close();
  const say = (text) => fill(complaint, text && h("p.notice.bad", text));
  const perform = async (action, button) => {
    button.disabled = true;
    say(null);
    try {
      if ((await action.run?.()) !== false) close();
    } catch (error) {
      say(error.message ?? String(error));
    }
    button.disabled = false;
  };
  const buttons = actions.map((action) => {
    const button = h("button", { type: "button", class: action.kind, onclick: () => perform(action, button) }, action.label);
    action.button = button;
    return button;
  });
  const node = h("dialog", { "aria-labelledby": id, class: wide ? "wide" : null },
    h("div.dialog-header", h("h2", { id }, title), h("button.icon", { type: "button", "aria-label": "Close", onclick: close }, "✕")),
    h("div.dialog-body", body, complaint),
    buttons.length > 0 && h("div.dialog-actions", h("button", { type: "button", onclick: close }, "Cancel"), buttons));
  // A window belongs to the page below it.
  window.addEventListener("hashchange", close);
  node.addEventListener("close", () => {
    window.removeEventListener("hashchange", close);
    node.remove();
    onClose();
  });
  node.addEventListener("click", (event) => {
    if (event.target === node) close();
  });
  document.body.append(node);
  node.showModal();
  return { close, node, say };
}

/**
 * Asks whether something is to be done; answers true or false.
 *
 * - `text`: what will happen (a text or nodes); `action`: the button's words; `danger`: whether it cannot be undone.
 * - `typed`: a word that must be typed before.
 */
export function confirm({ title, text, action = "Do it", danger = false, typed = null }) {
  return new Promise((resolve) => {
    let answer = false;
    const field = typed && h("input", { type: "text", id: newId("typed"), autocomplete: "off", spellcheck: "false" });
    const go = { label: action, kind: danger ? "danger" : "primary", run: () => { answer = true; } };
    const dialog = openDialog({
      title,
      body: [h("div", text), typed && h("p.field", h("label", { for: field.id }, "Type ", h("code", typed), " to go on"), field)],
      actions: [go],
      onClose: () => resolve(answer),
    });
    if (!field) return go.button.focus();
    go.button.disabled = true;
    field.addEventListener("input", () => { go.button.disabled = field.value.trim() !== typed; });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !go.button.disabled) {
        answer = true;
        dialog.close();
      }
    });
    field.focus();
    return undefined;
  });
}
