// Small parts that many pages have.

import { h, newId, set } from "./html.js";
import { number } from "./numbers.js";
import { refusal } from "./session.js";
import { toast } from "./toast.js";

/**
 * A button. `needs` is what it takes ({ scope, admin }, see session.js), `unless` a reason why it cannot be used now: then it is disabled and
 * says why, when it is pointed at, focused or pressed.
 */
export function button(label, run, { kind = null, needs = null, unless = null, ...attributes } = {}) {
  const node = h("button", { type: "button", ...attributes, class: [kind, attributes.class].filter(Boolean).join(" ") }, label);
  let reason = null;
  node.refuse = (text) => {
    reason = text;
    set(node, "aria-disabled", text ? "true" : null);
    set(node, "title", text ?? attributes.title ?? null);
    set(node, "aria-description", text);
  };
  node.refuse((needs && refusal(needs)) ?? unless);
  node.addEventListener("click", async (event) => {
    if (reason) return toast(reason);
    if (node.getAttribute("aria-busy")) return undefined;
    set(node, "aria-busy", "true");
    try {
      await run(event);
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, { kind: "bad" });
    }
    set(node, "aria-busy", null);
    return undefined;
  });
  return node;
}

/** A field with its label, a hint and a place for what is wrong with it: node.complain(text), node.input. */
export function field(label, input, { hint = null, wide = false } = {}) {
  input.id ||= newId("field");
  const hintId = `${input.id}-hint`;
  const errorId = `${input.id}-error`;
  const error = h("span.error", { id: errorId, role: "alert" });
  const node = h("div.field", { class: wide ? "wide" : null },
    h("label", { for: input.id }, label), input, hint && h("span.hint", { id: hintId }, hint), error);
  set(input, "aria-describedby", [hint && hintId, errorId].filter(Boolean).join(" "));
  node.input = input;
  node.complain = (text) => {
    error.textContent = text ?? "";
    set(input, "aria-invalid", text ? "true" : null);
  };
  return node;
}

/** A text field. */
export const textInput = (attributes = {}) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });

/** A choice: options are values, or [value, label]. */
export function select(options, value, attributes = {}) {
  const node = h("select", attributes, options.map((option) => {
    const [key, label] = Array.isArray(option) ? option : [option, option];
    return h("option", { value: key }, label);
  }));
  node.value = value ?? "";
  return node;
}

const shapes = { scheduled: "◷", queued: "◌", running: "▶", retrying: "↻", completed: "✓", dead: "✕", cancelled: "⊘" };

/** The states that a job can be in. */
export const states = Object.keys(shapes);

/** A state as a coloured badge; its shape tells it without the colour. Other words get a plain badge. */
export const badge = (state, kind = state) => h("span.badge", { class: `state-${kind}` }, shapes[kind] && h("span", { "aria-hidden": "true" }, shapes[kind]), state);

/** A count for a table's cell: what is none is not to be looked at. */
export const figure = (value) => (value === 0 ? h("span.muted", "0") : number(value));

/** A text on one line, cut where it is too long; `kind` "short" for names of queues and the like. An en dash for none. */
export const clipped = (text, kind = null) => (text ? h("span.clip", { class: kind, title: text, dir: "auto" }, text) : h("span.muted", "–"));

/** Pairs of names and values. */
export const facts = (pairs) => h("dl.facts", pairs.filter(Boolean).map(([name, value]) => h("div", h("dt", name), h("dd", value ?? "–"))));

/** A part of a page with a heading. */
export const card = (title, ...children) => h("section.card", { "aria-label": title || null }, title && h("h2", title), children);

/** What a table or list says that has nothing in it. */
export const empty = (title, ...children) => h("div.empty", h("p.empty-title", title), children);

/** A bar for a share from 0 to 1. */
export function meter(share, label) {
  return h("div.meter", { role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": Math.round(share * 100), "aria-label": label },
    h("div", { style: { width: `${Math.max(0, Math.min(1, share)) * 100}%` } }));
}

/** Copies a text; on plain http, where browsers offer no clipboard, it is selected in a window to be copied by hand. */
export async function copy(text, what = "It") {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what[0].toUpperCase()}${what.slice(1)} is copied.`, { kind: "good" });
  } catch {
    const { openDialog } = await import("./dialog.js");
    const area = h("textarea", { rows: "8", readonly: true, "aria-label": what, value: text });
    openDialog({ title: "Copy it by hand", body: [h("p", "This browser copies by itself only over HTTPS. It is selected: press Ctrl+C or ⌘C."), area] });
    area.select();
  }
}

const copyIcon = () => h("svg", { viewBox: "0 0 16 16", width: "14", height: "14", "aria-hidden": "true", fill: "none", stroke: "currentColor", "stroke-width": "1.5" },
  h("rect", { x: "5.5", y: "5.5", width: "8", height: "8", rx: "1.5" }), h("path", { d: "M10.5 3.5v-1a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h1" }));

/** A text in a typewriter's letters with a button that copies it. */
export const copyable = (text, what = "It") => h("span.copyable", h("code", text), h("button.icon", { type: "button", "aria-label": `Copy ${what}`, title: "Copy", onclick: () => copy(text, what) }, copyIcon()));
