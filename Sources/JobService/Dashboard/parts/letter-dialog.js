// Looks into a dead letter, and sends it round again, with another payload if need be.

import { path, send } from "../lib/api.js";
import { facts } from "../lib/controls.js";
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { fault, members, pretty } from "../lib/json.js";
import { link, pagePath } from "../lib/router.js";
import { refusal } from "../lib/session.js";
import { time } from "../lib/time.js";
import { jsonField, replay } from "./edit-job.js";

/** Payloads beyond this are not edited here, in characters. */
const longest = 65_536;

/** Why jobs die, in words. */
export const reasons = {
  attempts_exhausted: "its attempts were used up", discarded: "its error forbids another attempt", unhandled: "no worker had a handler for it in time",
};

/** Shows a dead letter with its payload to edit; `done` is called when it has been replayed. */
export async function inspect(letter, done) {
  const payload = members(await (await send(path`/jobs/${letter.id}`)).text()).get("payload") ?? "{}";
  const isLong = payload.length > longest;
  const reason = refusal({ scope: "jobs:write" });
  const before = isLong ? payload.slice(0, longest) : pretty(payload);
  const editor = jsonField("Payload", before, {
    hint: isLong ? "It is too long to be edited here; this is its beginning." : "Edit it to replay the job with another one. Numbers stay as they are written.",
  });
  editor.input.readOnly = isLong || reason !== null;
  openDialog({
    title: `Dead: ${letter.type}`,
    wide: true,
    body: [
      facts([
        ["Job", h("a", { href: link(pagePath`/jobs/${letter.id}`) }, h("code", letter.id))],
        ["Queue", letter.queue], ["Died", time(letter.died_at)], ["Attempts", `${letter.attempt} of ${letter.max_attempts}`],
        ["Reason", reasons[letter.reason] ?? letter.reason], ["Kind", letter.kind],
      ]),
      h("h3", "Error"), h("pre.error-text", { tabindex: "0" }, letter.error), editor, reason && h("p.notice", reason),
    ],
    actions: reason ? [] : [{
      label: "Replay",
      kind: "primary",
      async run() {
        const wrong = isLong ? null : fault(editor.input.value);
        editor.complain(wrong);
        if (wrong) {
          editor.input.focus();
          return false;
        }
        await replay(letter, before, editor.input.value);
        await done();
        return true;
      },
    }],
  });
}
