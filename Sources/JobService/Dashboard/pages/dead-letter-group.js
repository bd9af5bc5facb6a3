// The dead letters of one cause: each can be looked into, edited and replayed; some or all replayed or dropped.

import { api } from "../lib/api.js";
import { button, card, clipped, copyable, empty, facts } from "../lib/controls.js";
import { fill, h, keeper } from "../lib/html.js";
import { number, plural } from "../lib/numbers.js";
import { link, pagePath, tenant } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { pageShortcut } from "../lib/shortcuts.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { complain } from "../lib/toast.js";
import { dropAll, dropSome, filterOf, replayAll, replaySome } from "../parts/dead-letter-actions.js";
import { keepHeading } from "../parts/heading.js";
import { paged, refresh } from "../parts/paging.js";
import { inspect } from "../parts/letter-dialog.js";

const writes = { scope: "jobs:write" };

export async function show(page) {
  const { fingerprint } = page.params;
  const filter = () => ({ ...filterOf(page.query), fingerprint });
  const about = h("div");
  const drawAbout = keeper(about);
  const selection = h("div.selection", { hidden: true });
  const list = table({
    caption: "Dead letters of this cause, the latest first",
    key: ({ id }) => id,
    href: ({ id }) => link(pagePath`/jobs/${id}`),
    label: ({ id }) => id,
    selectable: true,
    onSelect: (ids) => showSelection(selection, [...ids], readAll),
    columns: columns(() => readAll(), tenant()),
    none: () => empty("None are left", h("p", h("a", { href: link("/dead-letters") }, "See all causes"), ".")),
  });
  const pages = paged(page, { call: "/dead-letters", member: "dead_letters", parameters: () => ({ ...filter(), limit: 50 }), list, seconds: 0 });

  async function describe() {
    const { groups: [group], is_complete: isComplete } = await api.get("/dead-letters/groups", { ...filter(), limit: 1 }, { signal: page.signal });
    const unless = group ? null : "None are left.";
    keepHeading(page, group !== undefined, group ? `Dead: ${group.type}` : "Dead letters of one cause", () => [
      button("Replay all", () => replayAll(filter(), readAll), { needs: writes, unless }),
      button("Drop all", () => dropAll(filter(), readAll), { kind: "danger", needs: writes, unless }),
    ]);
    drawAbout([["cause", group ? [group, isComplete] : null, () => group && card("What went wrong", h("pre.error-text", { tabindex: "0" }, group.sample_error), facts([
      ["Jobs", isComplete === false ? `${number(group.count)} or more` : number(group.count)], ["Kind", group.kind], [isComplete === false ? "First of these died" : "First died", time(group.first_died_at)], ["Last died", time(group.last_died_at)],
      ["Fingerprint", copyable(fingerprint, "the fingerprint")],
    ]))]]);
  }

  async function readAll() {
    await Promise.all([describe(), pages.read()]);
  }

  page.onQuery(() => {
    list.setColumns(columns(readAll, tenant()));
    readAll().catch(complain);
  });
  await readAll();
  page.root.append(about, selection, pages.node);
  refresh(page, 10, readAll);
  pageShortcut(page, "b", "Back to all causes", () => { location.hash = link("/dead-letters"); });
}

/** What can be done with those that are selected. */
function showSelection(place, ids, done) {
  place.hidden = ids.length === 0;
  fill(place, ids.length > 0 && h("div.row",
    h("strong", `${plural(ids.length, "dead letter")} selected`),
    button("Replay", () => replaySome(ids, done), { kind: "small primary", needs: writes }),
    button("Drop", () => dropSome(ids, done), { kind: "small danger", needs: writes })));
}

const columns = (done, chosen) => [
  { title: "Job", class: "nowrap", cell: ({ id }) => h("code", `…${id.slice(-12)}`) },
  { title: "Error", wide: true, cell: ({ error }) => clipped(error) },
  { title: "Queue", wide: true, cell: ({ queue }) => clipped(queue, "short") },
  isAdmin() && !chosen && { title: "Tenant", wide: true, cell: ({ tenant: owner }) => clipped(owner, "short") },
  { title: "Attempts", class: "number nowrap", wide: true, cell: ({ attempt, max_attempts: most }) => `${attempt} of ${most}` },
  { title: "Died", cell: ({ died_at: at }) => time(at) },
  { title: "Actions", class: "narrow", cell: (letter) => button("Inspect", () => inspect(letter, done), { kind: "small", "aria-label": `Inspect and edit ${letter.id}` }) },
].filter(Boolean);
