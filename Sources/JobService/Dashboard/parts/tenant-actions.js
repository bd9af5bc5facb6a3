// What can be done with a tenant.

import { api, path } from "../lib/api.js";
import { button, field, textInput } from "../lib/controls.js";
import { confirm } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { me } from "../lib/session.js";
import { toast } from "../lib/toast.js";
import { openForm } from "./form-dialog.js";
import { administers } from "./roles.js";
import { limitWords } from "./tenant-words.js";

/** Why a tenant can be neither suspended nor deleted; null when it can. */
function guarded({ name }) {
  if (name === "default") return "The tenant default stays: the administrator of the settings belongs to it.";
  return name === me().tenant ? "It is your own tenant." : null;
}

async function suspend(tenant, done) {
  const text = [
    h("p", "From then on its accounts and keys are refused, none of its jobs begins and none of its schedules fires. What runs with the installation's workers may end."),
    h("p", "Its jobs wait until it is resumed."),
  ];
  if (!(await confirm({ title: `Suspend ${tenant.name}?`, text, action: "Suspend it", danger: true, typed: tenant.name }))) return;
  await api.post(path`/tenants/${tenant.name}/suspend`);
  toast(`${tenant.name} is suspended.`, { kind: "good" });
  await done();
}

async function resume(tenant, done) {
  await api.post(path`/tenants/${tenant.name}/resume`);
  toast(`${tenant.name} goes on.`, { kind: "good" });
  await done();
}

async function remove(tenant, done) {
  const text = h("p", "All that it has goes for good: accounts, keys, jobs, schedules, queues. It is done little by little, and cannot be stopped.");
  if (!(await confirm({ title: `Delete ${tenant.name}?`, text, action: "Delete it", danger: true, typed: tenant.name }))) return;
  await api.delete(path`/tenants/${tenant.name}`);
  toast(`${tenant.name} is being deleted.`, { kind: "good" });
  await done();
}

/** A button that suspends or resumes a tenant. */
export const suspendButton = (tenant, done) => (tenant.state === "active"
  ? button("Suspend", () => suspend(tenant, done), { kind: "small danger", needs: administers, unless: guarded(tenant), "aria-label": `Suspend ${tenant.name}` })
  : button("Resume", () => resume(tenant, done), { kind: "small", needs: administers, unless: tenant.state === "deleting" ? "It is being deleted." : null, "aria-label": `Resume ${tenant.name}` }));

/** A button that removes a tenant that is suspended. */
export const removeButton = (tenant, done) => button("Delete", () => remove(tenant, done), {
  kind: "small danger", needs: administers, "aria-label": `Delete ${tenant.name}`,
  unless: guarded(tenant) ?? { active: "Suspend it first.", deleting: "It is being deleted." }[tenant.state] ?? null,
});

/** Makes a tenant. */
export function createTenant(done) {
  const fields = { name: field("Name", textInput({ autocapitalize: "none" }), { hint: "Letters, digits, _ and -. It stays." }) };
  openForm({
    title: "New tenant",
    above: h("p.muted", "It begins with the usual limits; its page changes them."),
    fields,
    action: "Make the tenant",
    async run() {
      const tenant = await api.post("/tenants", { name: fields.name.input.value.trim() });
      toast(`${tenant.name} is made. It needs an account or a key next.`, { kind: "good" });
      await done();
    },
  });
}

/** Changes what a tenant may have; an empty field means what is usual. */
export function changeLimits(tenant, done) {
  const inputs = Object.fromEntries(Object.entries(tenant.limits).map(([name, { maximum }]) => {
    const input = textInput({ inputmode: "numeric", value: tenant.own_limits[name] ?? "", placeholder: name in tenant.own_limits ? "usual" : `usual: ${maximum}` });
    return [name, field(limitWords[name] ?? name, input)];
  }));
  openForm({
    title: `Limits of ${tenant.name}`,
    above: h("p.muted", "An empty field means the limit that is usual here. One below what there is takes nothing away."),
    fields: inputs,
    action: "Set the limits",
    async run() {
      const limits = {};
      for (const [name, { input }] of Object.entries(inputs)) {
        const text = input.value.trim();
        // Whatever is no number goes as it is: the server says what is allowed.
        const value = text === "" ? null : /^[0-9]{1,15}$/.test(text) ? Number(text) : text;
        if (value !== (tenant.own_limits[name] ?? null)) limits[name] = value;
      }
      try {
        if (Object.keys(limits).length) await api.patch(path`/tenants/${tenant.name}`, { own_limits: limits });
      } catch (error) {
        for (const one of error.fields ?? []) one.field = one.field.replace(/^own_limits\./, "");
        throw error;
      }
      toast(`The limits of ${tenant.name} are set.`, { kind: "good" });
      await done();
    },
  });
}
