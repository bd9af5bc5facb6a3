// What can be done with a worker.

import { api, path } from "../lib/api.js";
import { button } from "../lib/controls.js";
import { confirm } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { plural } from "../lib/numbers.js";
import { toast } from "../lib/toast.js";
import { administers } from "./roles.js";

async function drain(worker, done) {
  const text = [
    h("p", `${worker.name} is given no more jobs. It ends what it runs (${plural(worker.running, "job")}), and then its process ends.`),
    h("p", "This cannot be taken back. What supervises it, such as systemd or Kubernetes, may start it anew."),
  ];
  if (!(await confirm({ title: `Drain ${worker.name}?`, text, action: "Drain it", danger: true }))) return;
  try {
    await api.post(path`/workers/${worker.id}/drain`);
  } catch (error) {
    if (error.isUnknownCall) throw new Error("This server cannot drain workers; it is of an earlier version. SIGTERM to the worker's process does the same.");
    throw error;
  }
  toast(`${worker.name} drains.`, { kind: "good" });
  await done();
}

/** A button that lets a worker end what it runs, and then itself. */
export const drainButton = (worker, done) => button("Drain", () => drain(worker, done), {
  kind: "small danger", needs: administers, unless: worker.draining ? "It drains already." : null, "aria-label": `Drain ${worker.name}`,
});
