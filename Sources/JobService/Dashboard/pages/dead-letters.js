// Dead letters by their cause: what fails most, since when, and replaying or dropping all of a kind.

import { api } from "../lib/api.js";
import { button, clipped, empty, select, textInput } from "../lib/controls.js";
import { fill, h } from "../lib/html.js";
import { number } from "../lib/numbers.js";
import { link, pagePath } from "../lib/router.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { dropAll, filterNames, filterOf, replayAll } from "../parts/dead-letter-actions.js";
import { filters, refresh } from "../parts/paging.js";
import { reasons } from "../parts/letter-dialog.js";

/** As many causes as are shown. */
const most = 200;

export async function show(page) {
  const list = table({
    caption: "Causes of death, the most frequent first",
    key: ({ fingerprint }) => fingerprint,
    href: ({ fingerprint }) => link(pagePath`/dead-letters/${fingerprint}`, narrowing(page)),
    columns: columns(page, () => read()),
    none: () => (Object.keys(filterOf(page.query)).length > 0
      ? empty("No dead letter matches", h("p", "Change the filter to see others."))
      : empty("No dead letters", h("p", "Jobs come here when their attempts are used up, or their error forbids another."))),
  });
  const note = h("div");
  async function read() {
    const { groups, is_complete: isComplete } = await api.get("/dead-letters/groups", { ...filterOf(page.query), limit: most }, { signal: page.signal });
    list.show(groups);
    fill(note, isComplete === false && h("p.notice", "There are many dead letters. What is counted here are those that died last; narrow it down to count others."));
  }
  const filter = () => filterOf(page.query);
  page.heading("Dead letters",
    button("Replay all that match", () => replayAll(filter(), read), { needs: { scope: "jobs:write" } }),
    button("Drop all that match", () => dropAll(filter(), read), { kind: "danger", needs: { scope: "jobs:write" } }));
  page.root.append(filters(page, [
    { name: "queue", label: "Queue", input: textInput() },
    { name: "type", label: "Type", input: textInput() },
    { name: "reason", label: "Died as", input: select([["", "any reason"], ...Object.entries(reasons)], "") },
    { name: "died_after", label: "Died after", input: h("input", { type: "datetime-local", step: "1" }), isTime: true },
    { name: "died_before", label: "Died before", input: h("input", { type: "datetime-local", step: "1" }), isTime: true },
  ], read), note, list.node);
  await read();
  refresh(page, 5, read);
}

/** What narrows the list, for the address of a cause's page. */
const narrowing = (page) => Object.fromEntries(filterNames.filter((name) => name !== "tenant").map((name) => [name, page.query[name]]));

const columns = (page, done) => [
  { title: "Cause", class: "lead", cell: ({ sample_error: error, fingerprint }) => error || fingerprint },
  { title: "Type", cell: ({ type }) => clipped(type, "short") },
  { title: "Jobs", class: "number", cell: ({ count }) => number(count) },
  { title: "Kind", wide: true, cell: ({ kind }) => kind },
  { title: "First", wide: true, cell: ({ first_died_at: at }) => time(at) },
  { title: "Last", wide: true, cell: ({ last_died_at: at }) => time(at) },
  {
    title: "Actions",
    class: "wide-only narrow",
    cell: (group) => h("div.acts",
      button("Replay", () => replayAll({ ...filterOf(page.query), fingerprint: group.fingerprint }, done), { kind: "small", needs: { scope: "jobs:write" }, "aria-label": `Replay all of ${group.type}: ${group.sample_error.slice(0, 60)}` }),
      button("Drop", () => dropAll({ ...filterOf(page.query), fingerprint: group.fingerprint }, done), { kind: "small danger", needs: { scope: "jobs:write" }, "aria-label": `Drop all of ${group.type}: ${group.sample_error.slice(0, 60)}` })),
  },
];
