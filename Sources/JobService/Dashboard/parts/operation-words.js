// How operations are told of: what they do, to what, and how long it takes.

import { number } from "../lib/numbers.js";

const verbs = { retry: "Retry", cancel: "Cancel", delete: "Delete" };

/** Whether an operation goes on. */
export const goesOn = ({ state }) => state === "waiting" || state === "running";

/** What an operation does, in words: "Retry dead jobs of the queue mail". */
export function title({ kind, filter, limit }) {
  const verb = verbs[kind] ?? kind;
  const most = limit === null || limit === undefined ? "" : `, ${number(limit)} at most`;
  if (!filter) return `${verb} chosen jobs${most}`;
  const { state, ...rest } = filter;
  const states = [state ?? []].flat().join(" or ");
  const narrowed = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => `${words[name] ?? name} ${value}`);
  return `${verb} ${states ? `${states} ` : "all "}jobs${narrowed.length ? `: ${narrowed.join(", ")}` : ""}${most}`;
}

const words = {
  created_after: "created after", created_before: "created before", died_after: "died after", died_before: "died before", error_kind: "failed by", text: "with the text",
};

/** How long it took, or has taken, in seconds; null when it has not begun. */
export function taken({ started_at: start, finished_at: end }, now = Date.now()) {
  return start ? Math.max(0, ((end ? new Date(end).getTime() : now) - new Date(start).getTime()) / 1_000) : null;
}
