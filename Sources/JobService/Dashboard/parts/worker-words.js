// How workers are told of.

import { badge, meter } from "../lib/controls.js";
import { h } from "../lib/html.js";

/** How long a worker's lease lasts unless it is renewed, and how old its last word may be before it counts as late, in seconds. */
const leaseLength = 10;
const lateAfter = 5;

/** How long ago a worker was heard of, in seconds, by the server's clock: `now` in milliseconds. */
export const silence = (worker, now) => Math.max(0, leaseLength - (new Date(worker.lease_until).getTime() - now) / 1_000);

/** How a worker does: healthy, draining, or late with its heartbeat. */
export function healthBadge(worker, now) {
  if (silence(worker, now) > lateAfter) return badge("late", "bad");
  return worker.draining ? badge("draining", "warn") : badge("healthy", "good");
}

/** How many of its slots are taken. */
export const slotMeter = ({ running, slots, name }) => h("div.slots", h("span.nowrap", `${running} of ${slots}`), meter(slots ? running / slots : 0, `Slots of ${name} that are taken`));

/** The first few of names, and how many more there are. */
export function fewNames(names, most, all) {
  if (names.length === 0) return h("span.muted", all);
  const rest = names.length - most;
  return h("span", { title: names.join(", ") }, names.slice(0, most).join(", "), rest > 0 && h("span.muted", ` and ${rest} more`));
}
