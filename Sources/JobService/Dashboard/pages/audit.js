// Who did what.

import { clipped, empty, textInput } from "../lib/controls.js";
import { h, newId } from "../lib/html.js";
import { jsonView } from "../lib/json.js";
import { refusal } from "../lib/session.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { filters, paged } from "../parts/paging.js";
import { looks } from "../parts/roles.js";

/** What is told, to choose from. Others can be typed. */
const actions = [
  "users.create", "users.update", "users.delete", "api_keys.create", "api_keys.revoke", "tenants.create", "tenants.update", "tenants.suspend",
  "tenants.resume", "tenants.delete", "tenants.remove", "queues.update", "queues.pause", "queues.resume", "queues.delete", "dead_letters.replay",
  "dead_letters.delete", "jobs.delete", "operations.create", "operations.stop", "workers.drain",
];

export async function show(page) {
  page.heading("Audit");
  const reason = refusal(looks);
  if (reason) {
    page.root.append(h("p.notice", reason));
    return;
  }
  const list = table({
    caption: "What was done, the latest first",
    key: ({ id }) => String(id),
    columns,
    none: () => empty("Nothing matches", h("p", "What is done with accounts, keys, tenants, queues and dead letters is told here.")),
  });
  const pages = paged(page, { call: "/audit-log", member: "records", parameters: () => ({ limit: 50, actor: page.query.actor, action: page.query.action }), list, seconds: 10 });
  const known = h("datalist", { id: newId("actions") }, actions.map((action) => h("option", { value: action })));
  page.root.append(filters(page, [
    { name: "actor", label: "Who", input: textInput({ autocapitalize: "none" }), hint: "An account's name, or key: and how a key begins." },
    { name: "action", label: "What", input: textInput({ list: known.id }), hint: "Such as queues.pause." },
  ], pages.read), known, pages.node);
  await pages.read();
}

const columns = [
  { title: "When", class: "nowrap", cell: ({ at }) => [time(at, { relative: false }), h("span.muted.small.wide-only", " ", time(at))] },
  { title: "Who", cell: ({ actor }) => actor },
  { title: "What", cell: ({ action }) => h("code", action) },
  { title: "To", cell: ({ target }) => clipped(target) },
  { title: "Tenant", wide: true, cell: ({ tenant }) => clipped(tenant, "short") },
  { title: "Details", wide: true, cell: details },
];

/** What else is known, folded. */
function details({ details: known, action }) {
  if (!known || Object.keys(known).length === 0) return h("span.muted", "–");
  const text = JSON.stringify(known);
  const place = h("details", { "aria-label": `Details of ${action}`, ontoggle: () => place.childElementCount === 1 && place.append(jsonView(text, { label: "Details" })) },
    h("summary.clip", text));
  return place;
}
