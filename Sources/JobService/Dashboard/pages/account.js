// Who has signed in, what they may do, and what their tenant has and may have.

import { api, signOut } from "../lib/api.js";
import { badge, button, card, facts } from "../lib/controls.js";
import { h, keeper } from "../lib/html.js";
import { me } from "../lib/session.js";
import { time } from "../lib/time.js";
import { refresh } from "../parts/paging.js";
import { roles } from "../parts/roles.js";
import { limitsTable, stateBadge } from "../parts/tenant-words.js";

export async function show(page) {
  const { subject, tenant, role, scopes } = me();
  page.heading("Your account", button("Sign out", signOut));
  const place = h("div");
  const draw = keeper(place);
  page.root.append(card("You", facts([
    ["Name", subject], ["Role", h("span", badge(role, "role"), ` ${roles[role]}`)], ["Tenant", tenant],
    ["Scopes", scopes ? scopes.join(", ") : "all of the role"],
  ]), h("p.muted", role === "ADMIN" ? "Another administrator, or you, can change your password on the page Users." : "An administrator can change your password and your role.")), place);

  async function read() {
    const own = await api.get("/tenant", {}, { signal: page.signal });
    draw([["tenant", own, () => card(`Your tenant, ${own.name}`, facts([["State", stateBadge(own)], ["Made", time(own.created_at)]]), limitsTable(own))]]);
  }
  await read();
  refresh(page, 10, read);
}
