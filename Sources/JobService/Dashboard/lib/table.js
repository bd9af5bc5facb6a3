// Tables of pages that a cursor leads through.

import { fill, h, newId } from "./html.js";
import { announce } from "./toast.js";

/**
 * A table.
 *
 * - `caption`: what it shows; read out, not seen.
 * - `columns`: [{ title, cell(row) (a node or text), class, wide (hidden on narrow screens) }].
 * - `key(row)`: what names a row; `href(row)`: where its first cell leads (may be left out).
 * - `selectable`: whether rows can be selected; `onSelect(set)` is told of each change. `label(row)` names a row to screen readers.
 * - `none`: what is shown when there are no rows.
 * Returns { node, show(rows), update(row), setColumns(columns), rows, selected, clearSelection() }. `show` keeps rows that are there already, so that
 * neither focus nor selection is lost. Keys: up and down (or k and j) go from row to row, x selects, Enter opens.
 */
export function table({ caption, columns: firstColumns, key, href = null, selectable = false, onSelect = () => {}, label = key, none = "Nothing is here." }) {
  const body = h("tbody");
  const lines = new Map();
  const selected = new Set();
  let rows = [];
  let columns = [];
  const all = selectable && h("input", { type: "checkbox", "aria-label": "Select all rows of this page", onchange: () => selectAll(all.checked) });
  const headings = h("tr");
  const captionId = newId("caption");
  const grid = h("table", { "aria-labelledby": captionId }, h("caption.visually-hidden", { id: captionId }, caption), h("thead", headings), body);
  const nothing = h("div", { hidden: true });
  const node = h("div.table-box", h("div.table-scroll", { tabindex: "0", role: "region", "aria-labelledby": captionId }, grid), nothing);

  const classesOf = (column) => [column.class, column.wide && "wide-only"].filter(Boolean).join(" ");

  function setColumns(next) {
    columns = next;
    fill(headings, selectable && h("th.narrow", { scope: "col" }, all), columns.map((column) => h("th", { scope: "col", class: classesOf(column) }, column.title)));
    for (const line of lines.values()) line.source = null;
    for (const row of rows) draw(row);
  }

  function changed() {
    if (all) {
      all.checked = rows.length > 0 && rows.every((row) => selected.has(key(row)));
      all.indeterminate = !all.checked && selected.size > 0;
    }
    onSelect(selected);
  }

  function selectAll(isOn) {
    for (const row of rows) mark(key(row), isOn);
    announce(isOn ? `${rows.length} rows are selected.` : "No row is selected.");
    changed();
  }

  function mark(id, isOn) {
    if (isOn) selected.add(id);
    else selected.delete(id);
    const line = lines.get(id);
    if (line) {
      line.classList.toggle("selected", isOn);
      line.querySelector("input.pick").checked = isOn;
    }
  }

  function cells(row) {
    const id = key(row);
    const pick = selectable && h("td.narrow", h("input.pick", {
      type: "checkbox", "aria-label": `Select ${label(row)}`, checked: selected.has(id),
      onchange: (event) => { mark(id, event.target.checked); changed(); },
    }));
    return [pick, columns.map((column, index) => {
      const content = column.cell(row);
      const inner = index === 0 && href ? h("a.row-link", { href: href(row), title: typeof content === "string" ? content : null }, content) : content;
      const classes = classesOf(column);
      return index === 0 ? h("th", { scope: "row", class: classes }, inner) : h("td", { class: classes }, inner);
    })];
  }

  function draw(row) {
    const id = key(row);
    let line = lines.get(id);
    if (!line) {
      line = h("tr", { class: selected.has(id) ? "selected" : null });
      lines.set(id, line);
    } else if (line.source === JSON.stringify(row)) {
      return line;
    }
    const focus = line.contains(document.activeElement) ? [...line.querySelectorAll("a, button, input")].indexOf(document.activeElement) : -1;
    line.source = JSON.stringify(row);
    fill(line, cells(row));
    if (focus >= 0) line.querySelectorAll("a, button, input")[focus]?.focus();
    return line;
  }

  function show(next) {
    rows = next;
    const ids = new Set(rows.map(key));
    for (const [id, line] of lines) {
      if (ids.has(id)) continue;
      line.remove();
      lines.delete(id);
      selected.delete(id);
    }
    // A node that is where it belongs is not touched, so that focus stays.
    rows.forEach((row, index) => {
      const line = draw(row);
      if (body.children[index] !== line) body.insertBefore(line, body.children[index] ?? null);
    });
    grid.hidden = rows.length === 0;
    nothing.hidden = rows.length > 0;
    if (rows.length === 0) fill(nothing, typeof none === "function" ? none() : none);
    changed();
  }

  setColumns(firstColumns);
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const line = event.target.closest("tbody tr");
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step) {
      const next = line ? (step > 0 ? line.nextElementSibling : line.previousElementSibling) : body.firstElementChild;
      const target = next?.querySelector("a.row-link") ?? next?.querySelector("input.pick, button");
      if (target) {
        target.focus();
        event.preventDefault();
      }
    } else if (event.key === "x" && line && selectable) {
      const pick = line.querySelector("input.pick");
      pick.click();
      event.preventDefault();
    }
  });

  return {
    node,
    show,
    setColumns,
    /** Draws one row that is there anew. */
    update(row) {
      const index = rows.findIndex((one) => key(one) === key(row));
      if (index >= 0) {
        rows[index] = row;
        draw(row);
      }
    },
    get rows() {
      return rows;
    },
    selected,
    clearSelection() {
      for (const id of [...selected]) mark(id, false);
      changed();
    },
  };
}

/** Buttons that lead through pages. `cursor` is that of this page, `next` that of the next; `go(cursor)` is called with one, or null. */
export function pager({ cursor, next, go }) {
  return h("nav.pager", { "aria-label": "Pages" },
    cursor && h("button", { type: "button", onclick: () => go(null) }, "« First page"),
    cursor && h("button", { type: "button", onclick: () => history.back() }, "‹ Back"),
    next && h("button", { type: "button", onclick: () => go(next) }, "Next page ›"));
}
