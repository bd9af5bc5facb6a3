// JSON as it was sent: numbers are never read as such, so that 12345678901234567890 stays what it is.

import { download, send } from "./api.js";
import { button, copy } from "./controls.js";
import { fill, h } from "./html.js";
import { bytes } from "./numbers.js";

/** So many bytes are shown; the rest is for downloading. */
export const shownBytes = 65_536;
const mostNodes = 4_000;
/** More values are not put on lines of their own either. */
const mostToIndent = 200_000;
const mostDepth = 100;

const token = /[ \t\r\n]*(?:([[\]{}:,])|("(?:[^"\\]|\\.)*")|([^\s[\]{}:,"]+))/sy;

/** Reads JSON into { kind, text } for what is single, and { kind, entries } for arrays and objects, where an entry is [name (as written), value]. */
export function read(text, most = mostNodes) {
  let position = 0;
  let nodes = 0;
  const next = () => {
    token.lastIndex = position;
    const match = token.exec(text);
    if (!match) throw new SyntaxError("no JSON");
    position = token.lastIndex;
    return match;
  };
  const peek = () => {
    const before = position;
    const match = next();
    position = before;
    return match[1];
  };
  const value = (depth) => {
    if (depth > mostDepth || (nodes += 1) > most) throw new RangeError("too much to fold");
    const [, sign, string, other] = next();
    if (string !== undefined) return { kind: "string", text: string };
    if (other !== undefined) return { kind: /^[-0-9]/.test(other) ? "number" : "word", text: other };
    const close = { "[": "]", "{": "}" }[sign];
    if (!close) throw new SyntaxError("no JSON");
    const entries = [];
    if (peek() === close) {
      next();
      return { kind: sign, entries };
    }
    for (;;) {
      let name = null;
      if (sign === "{") {
        name = next()[2];
        if (name === undefined || next()[1] !== ":") throw new SyntaxError("no JSON");
      }
      entries.push([name, value(depth + 1)]);
      const [, after] = next();
      if (after === close) return { kind: sign, entries };
      if (after !== ",") throw new SyntaxError("no JSON");
    }
  };
  const whole = value(0);
  if (text.slice(position).trim() !== "") throw new SyntaxError("no JSON");
  return whole;
}

/** The members of an object in JSON, each as the text it came as: a Map. Later ones of the same name win, as JSON.parse has it. */
export function members(text) {
  const found = new Map();
  let depth = 0;
  let name = null;
  let start = 0;
  let expectsName = false;
  const pattern = /"(?:[^"\\]|\\.)*"|[[\]{}:,]/gs;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [sign] = match;
    if (sign === "{" || sign === "[") {
      depth += 1;
      if (depth === 1) expectsName = true;
    } else if (sign === "}" || sign === "]") {
      depth -= 1;
      if (depth === 0 && name !== null) found.set(name, text.slice(start, match.index).trim());
    } else if (depth === 1 && sign === ",") {
      found.set(name, text.slice(start, match.index).trim());
      expectsName = true;
    } else if (depth === 1 && sign === ":") {
      start = pattern.lastIndex;
      expectsName = false;
    } else if (depth === 1 && expectsName && sign[0] === '"') {
      name = JSON.parse(sign);
    }
  }
  return found;
}

/** JSON with line breaks and indents, and otherwise as it was. What is no JSON stays as it is. */
export function pretty(text) {
  const write = (value, indent) => {
    if (!value.entries) return value.text;
    const close = value.kind === "[" ? "]" : "}";
    if (value.entries.length === 0) return value.kind + close;
    const inner = `${indent}  `;
    const lines = value.entries.map(([name, one]) => `${inner}${name === null ? "" : `${name}: `}${write(one, inner)}`);
    return `${value.kind}\n${lines.join(",\n")}\n${indent}${close}`;
  };
  try {
    return write(read(text, mostToIndent), "");
  } catch {
    return text;
  }
}

/** What cannot be seen, or turns the letters round that follow it. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\ufffb]/g;
const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A string as people read it: its letters in place of their numbers, and numbers in place of what cannot be seen. */
export function readable(text) {
  return text
    .replace(/\\(?:u([0-9a-f]{4})|.)/gi, (whole, code) => {
      const letter = code === undefined ? "" : String.fromCharCode(Number.parseInt(code, 16));
      return code === undefined || /["\\]/.test(letter) ? whole : letter;
    })
    .replace(unseen, escaped)
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, escaped);
}

function tree(value, name, isLast, depth) {
  const before = name === null ? null : [h("span.json-name", readable(name)), ": "];
  const after = isLast ? null : ",";
  if (!value.entries) return h("div.json-line", before, h("span", { class: `json-${value.kind}`, dir: value.kind === "string" ? "auto" : null }, value.kind === "string" ? readable(value.text) : value.text), after);
  const close = value.kind === "[" ? "]" : "}";
  const { length } = value.entries;
  if (length === 0) return h("div.json-line", before, value.kind + close, after);
  const what = value.kind === "[" ? `${length} ${length === 1 ? "element" : "elements"}` : `${length} ${length === 1 ? "member" : "members"}`;
  return h("details.json-fold", { open: depth < 3 && length <= 100 },
    h("summary", before, value.kind, h("span.json-folded", ` ${what} `, close, after)),
    h("div.json-inner", value.entries.map(([key, one], index) => tree(one, key, index === length - 1, depth + 1))),
    h("div.json-line", close, after));
}

/**
 * Shows JSON, folded, at most 64 KiB of it.
 *
 * - `text`: the JSON as it came, or its beginning; `size`: how many bytes there are in all, when `text` is a beginning.
 * - `source`: the call that answers the whole, for downloading, and `name` its file's name; null where there is none.
 */
export function jsonView(text, { size = null, source = null, name = "payload.json", label = "JSON" } = {}) {
  const encoded = new TextEncoder().encode(text);
  const isCut = size !== null || encoded.length > shownBytes;
  const shown = encoded.length > shownBytes ? new TextDecoder().decode(encoded.slice(0, shownBytes)) : text;
  let content;
  try {
    content = h("div.json", tree(isCut ? read("") : read(shown), null, true, 0));
  } catch {
    content = h("pre.json", isCut ? shown : pretty(shown));
  }
  const save = source && button("Download", () => download(source, name), { kind: "small" });
  const box = h("div.json-box", { tabindex: "0", role: "region", "aria-label": `${label}, as JSON` }, content);
  return h("div",
    isCut && h("p.muted", `The first ${bytes(shownBytes)} of ${bytes(size ?? encoded.length)} are shown, as they are.`),
    box,
    h("div.row.tight", !isCut && button("Copy", () => copy(text, label), { kind: "small" }), save));
}

/** Shows what a call answers, asked for when it is wanted. */
export function lateJson(call, options) {
  const place = h("div");
  const load = button("Show it", async () => {
    const text = await (await send(call)).text();
    fill(place, jsonView(text, { source: call, ...options }));
  });
  return fill(place, load);
}

/** What is wrong with a text that is to be JSON; null when nothing is. */
export function fault(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error.message.replace(/^JSON\.parse: /, "");
  }
}
