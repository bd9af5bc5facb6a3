// How schedules are told of: when they fire, in words and in times.

import { api } from "../lib/api.js";
import { badge } from "../lib/controls.js";
import { h } from "../lib/html.js";
import { absolute, relative, zoneName } from "../lib/time.js";

/** Whether a schedule fires. */
export const stateBadge = ({ paused }) => (paused ? badge("paused", "warn") : badge("active", "good"));

/** The zone whose wall clock an expression is about: the one that it names itself, the schedule's, or UTC. */
export function zoneOf({ cron, timezone }) {
  return /^\s*(?:CRON_)?TZ=(\S+)/i.exec(cron)?.[1] ?? timezone ?? "UTC";
}

/**
 * The next instants of a schedule or a definition, and what it says in English: { next, description }.
 *
 * Those of `@every` count from when the schedule was made, so of one that is there they follow on its next instant.
 */
export async function preview({ cron, timezone, next_at: nextAt = null }, { count = 5, signal } = {}) {
  const counts = /@every\b/i.test(cron) && nextAt !== null;
  const answer = await api.get("/schedules/preview", { cron, timezone, count, from: counts ? nextAt : null }, { signal });
  return counts ? { ...answer, next: [nextAt, ...answer.next].slice(0, count) } : answer;
}

/** A time in a zone by its name. A zone that this browser does not know is left to the other column. */
function inZone(at, timeZone, seconds) {
  try {
    return absolute(at, { timeZone, seconds });
  } catch {
    return "–";
  }
}

/** Instants as a table: in the schedule's zone, in one's own, and how far away they are. */
export function instants(next, zone) {
  if (next.length === 0) return h("p.muted", "It never fires again.");
  const own = zoneName();
  const isSame = own === zone;
  const seconds = next.some((at) => new Date(at).getTime() % 60_000 !== 0);
  return h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "Next runs" }, h("table",
    h("thead", h("tr", h("th", { scope: "col" }, `In ${zone}`), !isSame && h("th", { scope: "col" }, `In ${own}`), h("th", { scope: "col" }, "From now"))),
    h("tbody", next.map((at) => h("tr", h("td.nowrap", inZone(at, zone, seconds)), !isSame && h("td.nowrap", absolute(at, { seconds })), h("td.nowrap", relative(at)))))));
}

/** What becomes of instants that passed, and of those that meet a job that goes on. */
export const missedWords = { skip: "nothing is made up for", latest: "the latest one is made up for", all: "all are made up for" };
export const overlapWords = { allow: "both run", skip: "the new one is left out", queue: "the new one waits for the end" };
