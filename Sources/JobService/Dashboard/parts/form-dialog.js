// A window with a form: what is wrong with a field is said beside it.

import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { complainFields } from "./edit-job.js";

/**
 * Opens it.
 *
 * - `fields`: nodes of `field`, by the names that the server gives them. `above`, `below`: what else is shown.
 * - `action`: the button's words; `run(close)`: does it, and may throw what the server says.
 */
export function openForm({ title, fields, above = null, below = null, action, danger = false, run }) {
  const go = {
    label: action,
    kind: danger ? "danger" : "primary",
    async run() {
      Object.values(fields).forEach((one) => one.complain(null));
      try {
        await run();
      } catch (error) {
        if (!error.fields || !complainFields(fields, error)) throw error;
        dialog.node.querySelector("[aria-invalid=true]")?.focus();
        return false;
      }
      return true;
    },
  };
  const form = h("form", {
    novalidate: true,
    onsubmit(event) {
      event.preventDefault();
      go.button.click();
    },
  }, h("div.form", Object.values(fields)), h("button", { type: "submit", hidden: true }));
  const dialog = openDialog({ title, body: [above, form, below], actions: [go] });
  form.querySelector("input, select, textarea")?.focus();
  return dialog;
}
