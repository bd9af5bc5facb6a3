// One operation: how far it is, what it is meant for, and stopping it.

import { api, path } from "../lib/api.js";
import { card, copyable, facts } from "../lib/controls.js";
import { listen } from "../lib/events.js";
import { h, keeper } from "../lib/html.js";
import { jsonView } from "../lib/json.js";
import { duration, number, rate } from "../lib/numbers.js";
import { link, pagePath } from "../lib/router.js";
import { time } from "../lib/time.js";
import { announce } from "../lib/toast.js";
import { keepHeading } from "../parts/heading.js";
import { stopButton } from "../parts/operation-actions.js";
import { operationProgress } from "../parts/operation-dialog.js";
import { goesOn, taken, title } from "../parts/operation-words.js";
import { refresh } from "../parts/paging.js";

export async function show(page) {
  const place = h("div.stack");
  const drawParts = keeper(place);
  let operation = null;

  const read = async () => draw(await api.get(path`/operations/${page.params.id}`, {}, { signal: page.signal }));

  function draw(next) {
    if (operation && goesOn(operation) && !goesOn(next)) announce(`The operation is ${next.state}.`);
    operation = next;
    keepHeading(page, goesOn(operation), title(operation), () => [stopButton(operation, read)]);
    const seconds = taken(operation);
    const pace = seconds > 0 ? operation.examined / seconds : null;
    drawParts([
      operation.error && ["error", operation.error, () => h("p.notice.bad", operation.error)],
      ["figures", [operation, Math.round(seconds)], () => card("", operationProgress(operation), facts([
        ["Matched", number(operation.matched)], ["Looked at", number(operation.examined)],
        ["Changed", number(operation.changed)], ["Skipped", number(operation.skipped)],
        ["Took", seconds === null ? "–" : duration(seconds)],
        ["Jobs per s", rate(pace)],
        ["Time left", remaining(operation, pace)],
        ["Asked for", time(operation.created_at)], ["By", operation.created_by], ["Tenant", operation.tenant ?? "all"],
        ["Begun", time(operation.started_at)], ["Ended", time(operation.finished_at)],
        ["Pace", operation.rate === null ? "as fast as it goes" : `${rate(operation.rate)} per s`],
        ["Id", copyable(operation.id, "the id")],
      ]))],
      operation.filter && ["filter", operation.filter, () => card("Jobs that it is meant for",
        h("p.muted.small", "Those that matched when it was asked for. One that had changed by its turn was skipped."),
        jsonView(JSON.stringify(operation.filter), { label: "Filter" }),
        h("p", h("a", { href: matching(operation.filter) }, "Jobs that match now")))],
    ]);
  }

  await read();
  page.root.append(place);
  refresh(page, 2, () => (goesOn(operation) ? read() : undefined));
  listen(page, {
    events: ["operation"],
    onEvents(events) {
      const own = events.findLast(({ data }) => data.id === operation.id);
      if (own) draw(own.data);
    },
    onReset: read,
  });
}

/** Where jobs are listed that a filter is meant for: those of one cause of death are on its page. */
function matching({ state, fingerprint, ...rest }) {
  return fingerprint ? link(pagePath`/dead-letters/${fingerprint}`, rest) : link("/jobs", { ...rest, state: [state ?? []].flat().join(",") });
}

/** How long what is left takes at this pace, in words. */
function remaining(operation, pace) {
  if (!goesOn(operation) || !pace || operation.matched === null) return null;
  return duration(Math.max(0, operation.matched - operation.examined) / pace);
}
