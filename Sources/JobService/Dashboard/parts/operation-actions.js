// What can be done with an operation.

import { api, path } from "../lib/api.js";
import { button } from "../lib/controls.js";
import { confirm } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { toast } from "../lib/toast.js";
import { goesOn, title } from "./operation-words.js";

async function stop(operation, done) {
  const text = h("p", "What it has changed stays as it is; the rest is left alone. It cannot be begun again where it stopped.");
  if (!(await confirm({ title: "Stop this operation?", text, action: "Stop it", danger: true }))) return;
  await api.post(path`/operations/${operation.id}/stop`);
  toast("The operation is stopped.", { kind: "good" });
  await done();
}

/** A button that stops an operation. */
export const stopButton = (operation, done) => button("Stop", () => stop(operation, done), {
  kind: "small danger", needs: { scope: "jobs:write" }, unless: goesOn(operation) ? null : `It is ${operation.state}.`, "aria-label": `Stop: ${title(operation)}`,
});
