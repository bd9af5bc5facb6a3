// One tenant: what it has and may have, and suspending, resuming, deleting it.

import { api, path } from "../lib/api.js";
import { button, card, facts } from "../lib/controls.js";
import { h, keeper } from "../lib/html.js";
import { number } from "../lib/numbers.js";
import { link } from "../lib/router.js";
import { refusal } from "../lib/session.js";
import { time } from "../lib/time.js";
import { keepHeading } from "../parts/heading.js";
import { refresh } from "../parts/paging.js";
import { administers, looks } from "../parts/roles.js";
import { changeLimits, removeButton, suspendButton } from "../parts/tenant-actions.js";
import { limitsTable, stateBadge } from "../parts/tenant-words.js";

/** Where what a tenant has is shown. */
const places = [["/jobs", "Its jobs"], ["/queues", "Its queues"], ["/dead-letters", "Its dead letters"], ["/schedules", "Its schedules"], ["/users", "Its users"], ["/api-keys", "Its API keys"]];

export async function show(page) {
  page.heading(page.params.name);
  const reason = refusal(looks);
  if (reason) {
    page.root.append(h("p.notice", reason));
    return;
  }
  const place = h("div.stack");
  const draw = keeper(place);
  let isGone = false;

  async function read() {
    let tenant;
    try {
      tenant = await api.get(path`/tenants/${page.params.name}`, {}, { signal: page.signal });
    } catch (error) {
      // One that was being deleted is gone in the end.
      if (error.status !== 404 || !place.hasChildNodes()) throw error;
      isGone = true;
      page.heading(page.params.name);
      draw([["gone", null, () => h("p.notice", "It is gone, with all that it had. ", h("a", { href: link("/tenants") }, "See the others"), ".")]]);
      return;
    }
    keepHeading(page, [tenant.state, tenant.updated_at], tenant.name, () => [
      button("Limits", () => changeLimits(tenant, read), { kind: "small", needs: administers }), suspendButton(tenant, read), removeButton(tenant, read),
    ]);
    draw([
      tenant.state === "deleting" && ["removal", tenant.removed_jobs, () => h("p.notice.warn", { role: "status" }, `It is being deleted: ${number(tenant.removed_jobs)} of its jobs are gone so far.`)],
      ["facts", [tenant.state, tenant.updated_at], () => card("", facts([["State", stateBadge(tenant)], ["Made", time(tenant.created_at)], ["Changed", time(tenant.updated_at)]]),
        h("p.links", places.map(([to, what]) => h("a", { href: link(to, { tenant: tenant.name }) }, what))))],
      ["limits", [tenant.limits, tenant.own_limits], () => card("Limits", limitsTable(tenant))],
    ]);
  }

  await read();
  page.root.append(place);
  refresh(page, 10, () => (isGone ? undefined : read()));
}
