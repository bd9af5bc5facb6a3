// Which columns a list has, and how high its rows are. The choice is kept on this browser and stands in the address.

import { h, newId } from "../lib/html.js";
import { noteQuery } from "../lib/router.js";
import { read, watch, write } from "../lib/settings.js";

/**
 * The columns that a list shows, of all that it has.
 *
 * - `name`: under which the choice is kept. `all`: columns as `table` takes them, each with an `id`; one that is `fixed` is always shown, and one
 *   that is `usual`, a value or a function, unless something else was chosen.
 * Returns { node (a button with the choice below it), shown() (the columns), onChange(run) }.
 */
export function columnChoice(page, name, all) {
  const setting = `columns.${name}`;
  const isUsual = ({ fixed, usual }) => fixed || (typeof usual === "function" ? usual() : usual) || false;
  const idsOf = (text) => {
    const ids = (text ?? "").split(",");
    return ids.some((id) => all.some((column) => column.id === id)) ? ids : null;
  };
  const chosen = () => idsOf(page.query.columns) ?? idsOf(read(setting));
  const shown = () => {
    const ids = chosen();
    return all.filter((column) => column.fixed || (ids ? ids.includes(column.id) : isUsual(column)));
  };
  let tell = () => {};

  const boxes = all.filter(({ fixed }) => !fixed).map((column) => {
    const input = h("input", { type: "checkbox", value: column.id, "aria-label": `Column ${column.title}`, onchange: choose });
    return { column, input, node: h("label.check", input, column.title) };
  });

  function choose() {
    const ids = all.filter((column) => column.fixed || boxes.find(({ input }) => input.value === column.id).input.checked).map(({ id }) => id);
    keep(ids.join(",") === all.filter(isUsual).map(({ id }) => id).join(",") ? null : ids.join(","));
  }

  function keep(text) {
    write(setting, text);
    noteQuery(page, { columns: text });
    mark();
    tell();
  }

  function mark() {
    const ids = shown().map(({ id }) => id);
    for (const { input } of boxes) input.checked = ids.includes(input.value);
    // What is kept here and not in the address yet belongs there: whoever is sent it sees the same.
    if (chosen() && !page.query.columns) noteQuery(page, { columns: ids.join(",") });
  }

  const node = dropBox(page, "Columns",
    h("fieldset", h("legend", "Columns"), boxes.map((box) => box.node)),
    density(page),
    h("button.small", { type: "button", onclick: () => keep(null) }, "Show the usual columns"));
  mark();
  return {
    node,
    shown: () => {
      mark();
      return shown();
    },
    onChange: (run) => {
      tell = run;
    },
  };
}

/** A choice between rows that are close together and rows with more room. It concerns all tables. */
function density(page) {
  const name = newId("density");
  const radios = [["", "Close"], ["roomy", "Roomy"]].map(([value, label]) => {
    const input = h("input", { type: "radio", name, value, onchange: () => write("density", value || null) });
    return { input, node: h("label.check", input, label) };
  });
  const mark = (value) => radios.forEach(({ input }) => {
    input.checked = input.value === (value ?? "");
  });
  mark(read("density"));
  page.onLeave(watch("density", mark));
  return h("fieldset", h("legend", "Rows"), radios.map(({ node }) => node));
}

/** A button below which something opens; Escape and a press elsewhere close it. */
function dropBox(page, label, ...children) {
  const summary = h("summary.button.small", label);
  const node = h("details.drop", summary, h("div.drop-box", children));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    node.open = false;
    summary.focus();
    event.stopPropagation();
  });
  const away = (event) => {
    if (!node.contains(event.target)) node.open = false;
  };
  document.addEventListener("pointerdown", away);
  page.onLeave(() => document.removeEventListener("pointerdown", away));
  return node;
}
