// What can be done with a queue.

import { api, path } from "../lib/api.js";
import { button, field, textInput } from "../lib/controls.js";
import { confirm, openDialog } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { isAdmin } from "../lib/session.js";
import { complain, toast } from "../lib/toast.js";
import { administers } from "./roles.js";

/** Whose queue is meant. A call concerns the tenant of who asks unless it says otherwise. */
const owner = (queue) => (isAdmin() ? { tenant: queue.tenant } : {});

async function setPaused(queue, paused, done) {
  await api.post(path`/queues/${queue.name}/${paused ? "pause" : "resume"}`, undefined, { parameters: owner(queue) });
  await done();
}

/** Pauses or resumes a queue, and offers to take that back; `done` is called after each. */
export async function togglePause(queue, done) {
  const paused = !queue.paused;
  await setPaused(queue, paused, done);
  toast(paused ? `${queue.name} is paused. What runs may end; nothing else begins.` : `${queue.name} goes on.`, {
    kind: "good",
    action: { label: "Undo", run: () => setPaused(queue, !paused, done).catch(complain) },
  });
}

/** A button that pauses or resumes a queue. */
export const pauseButton = (queue, done) => button(queue.paused ? "Resume" : "Pause", () => togglePause(queue, done), {
  kind: "small", needs: administers, "aria-label": `${queue.paused ? "Resume" : "Pause"} ${queue.name}`,
});

/** Asks how many jobs may wait in a queue. */
export function changeLimit(queue, done) {
  const input = textInput({ inputmode: "numeric", value: queue.max_depth ?? "" });
  const limit = field("The most jobs that may wait", input, { hint: "Scheduled, queued and retrying ones together. Empty: as many as in any queue." });
  openDialog({
    title: `Limit of ${queue.name}`,
    body: limit,
    actions: [{
      label: "Set the limit",
      kind: "primary",
      async run() {
        const text = input.value.trim();
        if (!/^[0-9]*$/.test(text)) {
          limit.complain("It is a whole number, or empty.");
          return false;
        }
        await api.put(path`/queues/${queue.name}`, { max_depth: text === "" ? null : Number(text) }, { parameters: owner(queue) });
        toast(`The limit of ${queue.name} is set.`, { kind: "good" });
        await done();
        return true;
      },
    }],
  });
  input.focus();
}

/** Removes a queue that has no jobs, after asking. */
export async function removeQueue(queue, done) {
  const text = [
    h("p", "Its figures and its limit are forgotten; its first job makes it anew. A queue that has jobs, dead letters or a schedule stays."),
  ];
  if (!(await confirm({ title: `Remove ${queue.name}?`, text, action: "Remove it", danger: true, typed: queue.name }))) return;
  await api.delete(path`/queues/${queue.name}`, owner(queue));
  toast(`${queue.name} is removed.`, { kind: "good" });
  await done();
}
