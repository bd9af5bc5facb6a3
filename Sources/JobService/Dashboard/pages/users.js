// Accounts: who may sign in, and as what.

import { api, path } from "../lib/api.js";
import { badge, button, clipped, empty, field, textInput } from "../lib/controls.js";
import { confirm } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { tenant } from "../lib/router.js";
import { me, refusal } from "../lib/session.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { complain, toast } from "../lib/toast.js";
import { openForm } from "../parts/form-dialog.js";
import { paged } from "../parts/paging.js";
import { administers, looks, roleChoice, tenantInput } from "../parts/roles.js";

/** As many bytes as a generated password is made of. */
const passwordBytes = 18;

export async function show(page) {
  const reason = refusal(looks);
  page.heading("Users", button("New user", () => create(() => pages.read()), { kind: "primary", needs: administers }));
  if (reason) {
    page.root.append(h("p.notice", reason));
    return;
  }
  const list = table({
    caption: "Accounts, the newest first",
    key: ({ id }) => id,
    label: ({ username }) => username,
    columns: columns(() => pages.read()),
    none: () => empty("No accounts"),
  });
  const pages = paged(page, { call: "/users", member: "users", parameters: () => ({ limit: 50, tenant: tenant() }), list, seconds: 30 });
  page.onQuery(() => pages.read().catch(complain));
  await pages.read();
  page.root.append(pages.node);
}

/** What must not be done with the own account. */
const own = ({ username }) => (username === me().subject ? "This is your own account: another administrator can do this." : null);

const columns = (done) => [
  { title: "Name", cell: ({ username }) => [h("strong", username), username === me().subject && h("span.muted.small", " (you)")] },
  { title: "Role", cell: ({ role }) => role },
  { title: "Tenant", wide: true, cell: ({ tenant: owner }) => clipped(owner, "short") },
  { title: "State", cell: ({ disabled }) => (disabled ? badge("shut out", "bad") : badge("active", "good")) },
  { title: "Made", wide: true, cell: ({ created_at: at }) => time(at) },
  { title: "Changed", wide: true, cell: ({ updated_at: at }) => time(at) },
  {
    title: "Actions",
    class: "narrow",
    cell: (user) => h("div.acts",
      button("Role", () => changeRole(user, done), { kind: "small", needs: administers, "aria-label": `Change the role of ${user.username}` }),
      button("Password", () => changePassword(user, done), { kind: "small", needs: administers, "aria-label": `Set a password for ${user.username}` }),
      button(user.disabled ? "Let in" : "Shut out", () => setDisabled(user, done), { kind: "small", needs: administers, unless: own(user), "aria-label": `${user.disabled ? "Let in" : "Shut out"} ${user.username}` }),
      button("Delete", () => remove(user, done), { kind: "small danger", needs: administers, unless: own(user), "aria-label": `Delete ${user.username}` })),
  },
];

/** A field for a new password, with a button that makes one up and shows it. */
function passwordField() {
  const input = h("input", { type: "password", autocomplete: "new-password" });
  const node = field("Password", input, { hint: "12 characters at least. Hand it over safely: it cannot be read again." });
  node.append(h("div.row.tight", button("Make one up", async () => {
    input.type = "text";
    input.value = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(passwordBytes)))).replaceAll("+", "-").replaceAll("/", "_");
    node.complain(null);
    input.select();
  }, { kind: "small" })));
  return node;
}

function create(done) {
  const { input, list } = tenantInput(tenant() ?? me().tenant);
  const fields = {
    username: field("Name", textInput({ autocapitalize: "none" })),
    password: passwordField(),
    role: field("Role", roleChoice("USER"), { wide: true }),
    tenant: field("Tenant", input),
  };
  openForm({
    title: "New user",
    fields,
    below: list,
    action: "Make the account",
    async run() {
      const user = await api.post("/users", {
        username: fields.username.input.value.trim(), password: fields.password.input.value, role: fields.role.input.value, tenant: input.value.trim(),
      });
      toast(`${user.username} can sign in.`, { kind: "good" });
      await done();
    },
  });
}

function changeRole(user, done) {
  const fields = { role: field("Role", roleChoice(user.role), { wide: true }) };
  openForm({
    title: `Role of ${user.username}`,
    above: h("p.muted", "The sessions of the account end: it signs in again."),
    fields,
    action: "Change the role",
    async run() {
      await api.patch(path`/users/${user.id}`, { role: fields.role.input.value });
      toast(`${user.username} has the role ${fields.role.input.value}.`, { kind: "good" });
      await done();
    },
  });
}

function changePassword(user, done) {
  const fields = { password: passwordField() };
  openForm({
    title: `Password of ${user.username}`,
    above: h("p.muted", "The sessions of the account end: it signs in again, with this password."),
    fields,
    action: "Set the password",
    async run() {
      await api.patch(path`/users/${user.id}`, { password: fields.password.input.value });
      toast(`${user.username} has a new password.`, { kind: "good" });
      await done();
    },
  });
}

async function setDisabled(user, done) {
  const disabled = !user.disabled;
  if (disabled && !(await confirm({ title: `Shut ${user.username} out?`, text: "Its sessions end at once, and it cannot sign in until it is let in again. Its jobs and keys stay.", action: "Shut out", danger: true }))) return;
  await api.patch(path`/users/${user.id}`, { disabled });
  toast(disabled ? `${user.username} is shut out.` : `${user.username} may sign in again.`, { kind: "good" });
  await done();
}

async function remove(user, done) {
  if (!(await confirm({ title: `Delete ${user.username}?`, text: "The account is gone for good, and its sessions end. Its jobs stay.", action: "Delete it", danger: true, typed: user.username }))) return;
  await api.delete(path`/users/${user.id}`);
  toast(`${user.username} is deleted.`, { kind: "good" });
  await done();
}
