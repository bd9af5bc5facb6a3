// Times, in UTC or in the zone of this browser, which the page always says.

import { h } from "./html.js";
import { duration } from "./numbers.js";
import { read, watch, write } from "./settings.js";

/** "utc" or "local". */
export const zone = () => read("zone", "local");
export const setZone = (value) => write("zone", value);

/** The zone's name: UTC, or such as Europe/Berlin. */
export const zoneName = (which = zone()) => (which === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone || "local");

const formats = new Map();

function parts(date, timeZone) {
  if (!formats.has(timeZone)) {
    formats.set(timeZone, new Intl.DateTimeFormat("en-CA", {
      timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    }));
  }
  return Object.fromEntries(formats.get(timeZone).formatToParts(date).map(({ type, value }) => [type, value]));
}

/** A time as 2026-11-26 14:23:20, in the chosen zone or in that of a name; with milliseconds if they are asked for. */
export function absolute(value, { timeZone, millis = false, seconds = true } = {}) {
  if (!value) return "–";
  const date = new Date(value);
  const part = parts(date, timeZone ?? (zone() === "utc" ? "UTC" : undefined));
  const clock = `${part.hour}:${part.minute}${seconds ? `:${part.second}` : ""}`;
  return `${part.year}-${part.month}-${part.day} ${clock}${millis ? `.${String(date.getUTCMilliseconds()).padStart(3, "0")}` : ""}`;
}

/** How long ago or ahead a time is: "3 min ago", "in 2 h". */
export function relative(value, now = Date.now()) {
  if (!value) return "–";
  const seconds = (new Date(value).getTime() - now) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  const length = duration(Math.max(1, Math.round(Math.abs(seconds)))).split(" ").slice(0, Math.abs(seconds) < 3600 ? 1 : 2).join(" ");
  return seconds < 0 ? `${length} ago` : `in ${length}`;
}

/**
 * A node that shows a time, how long ago it was unless `relative` is false; the other way round on hovering. It keeps up by itself.
 * An en dash when there is none.
 */
export function time(value, { relative: isRelative = true, millis = false } = {}) {
  if (!value) return h("span.muted", "–");
  const node = h("time", { datetime: value, dataset: { relative: isRelative ? "yes" : "no", millis: millis ? "yes" : "no" } });
  write_(node);
  return node;
}

function write_(node) {
  const { datetime } = { datetime: node.getAttribute("datetime") };
  const whole = absolute(datetime, { millis: node.dataset.millis === "yes" });
  const isRelative = node.dataset.relative === "yes";
  const text = isRelative ? relative(datetime) : whole;
  if (node.textContent !== text) node.textContent = text;
  node.title = isRelative ? `${whole} ${zoneName()}` : `${relative(datetime)} · ${zoneName()}`;
}

const writeAll = (selector) => document.querySelectorAll(selector).forEach(write_);

setInterval(() => {
  if (!document.hidden) writeAll('time[data-relative="yes"]');
}, 1000);
watch("zone", () => writeAll("time[data-relative]"));

/** A time as a form's datetime-local has it, in the chosen zone; and back, as RFC 3339. */
export const toField = (value) => (value ? absolute(value, { seconds: true }).replace(" ", "T") : "");

/** What was typed into a datetime-local field, read in the chosen zone, as RFC 3339; null when it is empty or no time. */
export function fromField(text) {
  if (!text) return null;
  const date = new Date(zone() === "utc" ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
