// What makes one JSON document of another, as RFC 7396 has it. Numbers stay as they are written.

import { read } from "../lib/json.js";

/**
 * The merge patch that leads from one document to an object, as JSON; null when they are the same.
 *
 * Throws a sentence when there is none: what is no object would take the whole's place, which the server does not take for a patch, and in one a
 * null takes a member away, so that none can be set to null.
 */
export function mergePatch(before, after) {
  const [old, next] = [read(before), read(after)];
  const patch = difference(old, next, "");
  if (patch !== undefined && !isObject(next)) throw new Error("An edit that keeps the job makes an object of its payload, nothing else; duplicate the job instead.");
  return patch ?? null;
}

const isObject = (value) => value.kind === "{";
const membersOf = (value) => new Map(value.entries.map(([name, one]) => [JSON.parse(name), one]));

function difference(before, after, place) {
  if (write(before) === write(after)) return undefined;
  if (!isObject(after)) return write(after);
  const old = isObject(before) ? membersOf(before) : new Map();
  const parts = [];
  const next = membersOf(after);
  for (const name of old.keys()) {
    if (!next.has(name)) parts.push(`${JSON.stringify(name)}:null`);
  }
  for (const [name, value] of next) {
    const inner = place ? `${place}.${name}` : name;
    const own = old.has(name) ? difference(old.get(name), value, inner) : fresh(value, inner);
    if (own === undefined) continue;
    if (own === "null") throw new Error(`${inner} cannot be set to null by an edit that keeps the job; duplicate the job instead.`);
    parts.push(`${JSON.stringify(name)}:${own}`);
  }
  return `{${parts.join(",")}}`;
}

/** A member that was not there: what is null in it would be lost on the way, too. */
function fresh(value, place) {
  return isObject(value) ? difference({ kind: "{", entries: [] }, value, place) ?? "{}" : write(value);
}

/** A value as JSON, its members in the order that they have. */
function write(value) {
  if (!value.entries) return value.text;
  const inner = value.entries.map(([name, one]) => (name === null ? write(one) : `${JSON.stringify(JSON.parse(name))}:${write(one)}`));
  return value.kind === "[" ? `[${inner.join(",")}]` : `{${inner.join(",")}}`;
}
