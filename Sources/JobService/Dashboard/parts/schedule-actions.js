// What can be done with a schedule.

import { api, path } from "../lib/api.js";
import { button } from "../lib/controls.js";
import { confirm } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { link, pagePath } from "../lib/router.js";
import { refusal } from "../lib/session.js";
import { complain, toast } from "../lib/toast.js";

const writes = { scope: "schedules:write" };

async function setPaused(schedule, paused, done) {
  await api.post(path`/schedules/${schedule.id}/${paused ? "pause" : "resume"}`);
  await done();
}

/** Pauses or resumes a schedule, and offers to take that back. */
export async function togglePause(schedule, done) {
  const paused = !schedule.paused;
  await setPaused(schedule, paused, done);
  toast(paused ? `${schedule.name} is paused.` : `${schedule.name} goes on.`, {
    kind: "good", action: { label: "Undo", run: () => setPaused(schedule, !paused, done).catch(complain) },
  });
}

/** Submits one of its jobs now. Under a key of its own, so that a request that is sent twice makes one job. */
export async function trigger(schedule, done) {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const job = await api.post(path`/schedules/${schedule.id}/trigger`, undefined, { headers: { "Idempotency-Key": key } });
  toast(`A job of ${schedule.name} is submitted.`, { kind: "good", action: { label: "Show it", run: () => { location.hash = link(pagePath`/jobs/${job.id}`); } } });
  await done();
}

/** Removes a schedule, after asking. */
export async function remove(schedule, done) {
  const text = h("p", "It fires no more. The jobs that it made stay.");
  if (!(await confirm({ title: `Delete ${schedule.name}?`, text, action: "Delete it", danger: true, typed: schedule.name }))) return;
  await api.delete(path`/schedules/${schedule.id}`);
  toast(`${schedule.name} is deleted.`, { kind: "good" });
  await done();
}

export const pauseButton = (schedule, done) => button(schedule.paused ? "Resume" : "Pause", () => togglePause(schedule, done), {
  kind: "small", needs: writes, "aria-label": `${schedule.paused ? "Resume" : "Pause"} ${schedule.name}`,
});

export const triggerButton = (schedule, done) => button("Run now", () => trigger(schedule, done), { kind: "small", needs: writes, "aria-label": `Run ${schedule.name} now` });

export const removeButton = (schedule, done) => button("Delete", () => remove(schedule, done), { kind: "small danger", needs: writes, "aria-label": `Delete ${schedule.name}` });

/** What leads to the form, or says why it does not. */
const way = (label, path, kind) => (refusal(writes) ? button(label, () => {}, { kind, needs: writes }) : h("a.button", { class: kind, href: link(path) }, label));

export const newButton = () => way("New schedule", "/schedules/new", "primary");
export const editButton = (schedule) => way("Edit", pagePath`/schedules/${schedule.id}/edit`, "small");
