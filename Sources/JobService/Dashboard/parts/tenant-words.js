// How tenants are told of: their state, and what they may have and have.

import { badge, meter } from "../lib/controls.js";
import { h } from "../lib/html.js";
import { bytes, number, percent } from "../lib/numbers.js";

/** The limits of a tenant, in words. */
export const limitWords = {
  queues: "Queues", schedules: "Schedules", firings_per_minute: "Firings a minute", waiting_jobs: "Waiting jobs", stored_bytes: "Stored bytes",
  api_keys: "API keys", event_streams: "Event streams, of each job-service", workers: "Workers", jobs_per_window: "Jobs in a rate limit's window",
  reads_per_window: "Reading in a rate limit's window",
};

/** The state of a tenant. */
export const stateBadge = ({ state }) => badge(state, { active: "good", suspended: "warn" }[state] ?? "bad");

/** From what share of a limit on it is told as nearly reached. */
const nearly = 0.9;

/** What a tenant has of what it may have, as a table; `own` are the limits that it has itself. */
export function limitsTable({ limits, own_limits: own }) {
  const write = (name, value) => (name === "stored_bytes" ? bytes(value) : number(value));
  return h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "What there is of each" }, h("table",
    h("thead", h("tr", h("th", { scope: "col" }, "What"), h("th.number", { scope: "col" }, "Has"), h("th.number", { scope: "col" }, "May have"), h("th.wide-only", { scope: "col" }, "Share"))),
    h("tbody", Object.entries(limits).map(([name, { maximum, used }]) => {
      const share = used === null ? null : maximum > 0 ? used / maximum : 1;
      return h("tr",
        h("th", { scope: "row" }, limitWords[name] ?? name),
        h("td.number", used === null ? h("span.muted", "not counted") : write(name, used)),
        h("td.number", write(name, maximum), name in own && h("span.muted.small", " own")),
        h("td.wide-only", share !== null && h("div.share", meter(share, `${limitWords[name] ?? name}: ${percent(share)}`), h("span", { class: share >= nearly ? "small bad-text" : "small muted" }, percent(share)))));
    }))));
}
