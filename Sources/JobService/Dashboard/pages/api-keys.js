// API keys: what programs sign in with. A new one is shown once.

import { api, path } from "../lib/api.js";
import { badge, button, clipped, copyable, empty, field, textInput } from "../lib/controls.js";
import { confirm, openDialog } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { tenant } from "../lib/router.js";
import { me, refusal } from "../lib/session.js";
import { table } from "../lib/table.js";
import { fromField, time, zoneName } from "../lib/time.js";
import { complain, toast } from "../lib/toast.js";
import { openForm } from "../parts/form-dialog.js";
import { paged } from "../parts/paging.js";
import { administers, looks, roleChoice, scopes, tenantInput } from "../parts/roles.js";

export async function show(page) {
  const reason = refusal(looks);
  page.heading("API keys", button("New key", () => create(() => pages.read()), { kind: "primary", needs: administers }));
  if (reason) {
    page.root.append(h("p.notice", reason));
    return;
  }
  const list = table({
    caption: "API keys, the newest first",
    key: ({ id }) => id,
    label: ({ name }) => name,
    columns: columns(() => pages.read()),
    none: () => empty("No API keys", h("p", "Programs and workers sign in with keys, people with accounts.")),
  });
  const pages = paged(page, { call: "/api-keys", member: "api_keys", parameters: () => ({ limit: 50, tenant: tenant() }), list, seconds: 30 });
  page.onQuery(() => pages.read().catch(complain));
  await pages.read();
  page.root.append(pages.node);
}

/** Whether a key is good: "good", "revoked" or "expired". */
function stateOf({ revoked_at: revoked, expires_at: expires }) {
  if (revoked) return "revoked";
  return expires && new Date(expires) <= new Date() ? "expired" : "good";
}

const columns = (done) => [
  { title: "Name", cell: ({ name }) => h("strong", name) },
  { title: "Begins with", wide: true, cell: ({ prefix }) => h("code", prefix) },
  { title: "Role", cell: ({ role }) => role },
  { title: "Scopes", wide: true, cell: ({ scopes: own }) => (own ? own.join(", ") : h("span.muted", "all of the role")) },
  { title: "Tenant", wide: true, cell: ({ tenant: owner }) => clipped(owner, "short") },
  { title: "State", cell: (key) => badge(stateOf(key), stateOf(key) === "good" ? "good" : "cancelled") },
  { title: "Used", wide: true, cell: ({ last_used_at: at }) => (at ? time(at) : h("span.muted", "never")) },
  { title: "Expires", wide: true, cell: ({ expires_at: at }) => (at ? time(at) : h("span.muted", "never")) },
  { title: "Made", wide: true, cell: ({ created_at: at, created_by: by }) => [time(at), ` by ${by}`] },
  {
    title: "Actions",
    class: "narrow",
    cell: (key) => button("Revoke", () => revoke(key, done), {
      kind: "small danger", needs: administers, unless: stateOf(key) === "good" ? null : `It is ${stateOf(key)}.`, "aria-label": `Revoke ${key.name}`,
    }),
  },
];

function create(done) {
  const { input, list } = tenantInput(tenant() ?? me().tenant);
  const boxes = scopes.map((scope) => h("input", { type: "checkbox", value: scope }));
  const fields = {
    name: field("Name", textInput(), { hint: "What it is for." }),
    role: field("Role", roleChoice("USER"), { wide: true }),
    tenant: field("Tenant", input),
    expires_at: field("Expires", h("input", { type: "datetime-local", step: "1" }), { hint: `In ${zoneName()}; never if empty.` }),
  };
  const confined = h("fieldset.scopes", h("legend", "Confined to these scopes; to none: all that the role may"),
    boxes.map((box) => h("label.check", box, h("code", box.value))));
  openForm({
    title: "New API key",
    fields,
    below: [confined, list],
    action: "Make the key",
    async run() {
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      const key = await api.post("/api-keys", {
        name: fields.name.input.value.trim(), role: fields.role.input.value, tenant: input.value.trim(),
        expires_at: fromField(fields.expires_at.input.value), scopes: chosen.length ? chosen : null,
      });
      showOnce(key);
      await done();
    },
  });
}

/** The key itself, which cannot be read again. */
function showOnce(key) {
  openDialog({
    title: `The key ${key.name}`,
    body: [
      h("p.notice.warn", "This is the only time that the key is shown. Copy it now; if it is lost, make another and revoke this one."),
      h("p.new-key", copyable(key.key, "the key")),
      h("p.muted.small", "It is sent as ", h("code", "X-API-Key"), ", or in the metadata ", h("code", "x-api-key"), " of a worker."),
    ],
  });
}

async function revoke(key, done) {
  const text = "Whoever uses it is refused at once, and it cannot be made good again.";
  if (!(await confirm({ title: `Revoke ${key.name}?`, text, action: "Revoke it", danger: true }))) return;
  await api.delete(path`/api-keys/${key.id}`);
  toast(`${key.name} is revoked.`, { kind: "good" });
  await done();
}
