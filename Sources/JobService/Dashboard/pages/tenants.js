// Tenants: which there are; making one.

import { button, empty, select } from "../lib/controls.js";
import { h } from "../lib/html.js";
import { link, pagePath } from "../lib/router.js";
import { refusal } from "../lib/session.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { filters, paged } from "../parts/paging.js";
import { administers, looks } from "../parts/roles.js";
import { createTenant, suspendButton } from "../parts/tenant-actions.js";
import { stateBadge } from "../parts/tenant-words.js";

export async function show(page) {
  const reason = refusal(looks);
  page.heading("Tenants", button("New tenant", () => createTenant(() => pages.read()), { kind: "primary", needs: administers }));
  if (reason) {
    page.root.append(h("p.notice", reason, " ", h("a", { href: link("/account") }, "Your own tenant")));
    return;
  }
  const list = table({
    caption: "Tenants by name",
    key: ({ name }) => name,
    href: ({ name }) => link(pagePath`/tenants/${name}`),
    columns: columns(() => pages.read()),
    none: () => empty("No tenant is in this state"),
  });
  const pages = paged(page, { call: "/tenants", member: "tenants", parameters: () => ({ limit: 50, state: page.query.state }), list, seconds: 10 });
  page.root.append(filters(page, [{ name: "state", label: "State", input: select([["", "any"], "active", "suspended", "deleting"], "") }], pages.read), pages.node);
  await pages.read();
}

const columns = (done) => [
  { title: "Tenant", cell: ({ name }) => name },
  { title: "State", cell: stateBadge },
  { title: "Own limits", class: "number", wide: true, cell: ({ own_limits: own }) => Object.keys(own).length || h("span.muted", "none") },
  { title: "Made", wide: true, cell: ({ created_at: at }) => time(at) },
  { title: "Changed", wide: true, cell: ({ updated_at: at }) => time(at) },
  { title: "Actions", class: "narrow", cell: (tenant) => suspendButton(tenant, done) },
];
