// Roles and scopes, and choices of them for forms.

import { api } from "../lib/api.js";
import { select, textInput } from "../lib/controls.js";
import { fill, h, newId } from "../lib/html.js";
import { me } from "../lib/session.js";

/** What it takes to see what only administrators see, and to change it. */
export const looks = { admin: true, scope: "admin:read" };
export const administers = { admin: true, scope: "admin:write" };

/** What the roles may do. */
export const roles = {
  USER: "submits and sees what its tenant has", ADMIN: "may do everything, in every tenant", WORKER: "runs a worker; may not use this dashboard",
};

/** What an API key can be confined to. */
export const scopes = ["jobs:read", "jobs:write", "schedules:read", "schedules:write", "admin:read", "admin:write"];

/** A choice of a role. */
export const roleChoice = (value) => select(Object.entries(roles).map(([role, words]) => [role, `${role}: ${words}`]), value);

/** A field for a tenant's name, which offers those that there are; one's own unless another is typed. */
export function tenantInput(value = me().tenant) {
  const list = h("datalist", { id: newId("tenants") });
  const input = textInput({ value, list: list.id });
  const load = async () => {
    try {
      const { tenants } = await api.get("/tenants", { limit: 200 });
      fill(list, tenants.map(({ name }) => h("option", { value: name })));
    } catch {
      // Any name can still be typed.
    }
  };
  load();
  return { input, list };
}
