// Charts over time, by uPlot where it was fetched, and a table of the same figures for who cannot see them.

import { fill, h, newId } from "./html.js";
import { absolute, zone, zoneName } from "./time.js";
import { watch } from "./settings.js";

/** A colour of the present theme, as a canvas knows it. */
function css(name) {
  const probe = document.body.appendChild(h("span", { style: { color: `var(${name})` } }));
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The places of figures that have no neighbour: of them no line can be drawn. */
const lonely = (values) => values.flatMap((value, index) => (value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null ? [index] : []));

/** How far apart the lines of whole figures may be. */
const wholes = [...Array(12).keys()].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));

/** Charts that are drawn anew when colours change. */
const charts = new Set();
const redraw = () => charts.forEach((chart) => chart.draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
watch("theme", () => requestAnimationFrame(redraw));
watch("zone", redraw);

/**
 * A chart of lines.
 *
 * - `page`: on which it stands. `title`: what it shows.
 * - `series`: [{ label, color (a custom property, such as --c-completed), dash (whether it is dashed) }].
 * - `format(value)`: writes a figure, `height` in pixels. `isWhole`: whether there are whole figures only, as of things that are counted.
 * Returns { node, show({ times (seconds), values (one array for each series, null where nothing is known) }) }.
 */
export function chart(page, { title, series, format = String, height = 180, isWhole = false }) {
  const place = h("div.chart", { "aria-hidden": "true", style: { "min-height": `${height}px` } });
  const summary = h("summary", "Figures");
  const figures = h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": `${title}: figures` });
  const details = h("details.figures", summary, figures);
  const legend = h("ul.legend", series.map((one) => h("li", h("span.swatch", { class: one.dash ? "dashed" : null, style: { "--swatch": `var(${one.color})` } }), one.label, " ", one.last = h("strong"))));
  const id = newId("chart");
  const node = h("figure.chart-box", { "aria-labelledby": id }, h("figcaption", { id }, title), legend, place, details);
  let data = null;
  let plot = null;

  function options(width) {
    const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
    return {
      width,
      height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      tzDate: (seconds) => (zone() === "utc" ? window.uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : new Date(seconds * 1000)),
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.1 : 1] } },
      series: [{}, ...series.map((one) => ({
        label: one.label, stroke: css(one.color), width: 2, dash: one.dash ? [6, 4] : undefined, points: { show: true, size: 5, filter: (drawn, index) => lonely(drawn.data[index]) }, spanGaps: false,
      }))],
      axes: [
        { ...axis, size: 28, values: (_, ticks) => ticks.map((tick) => absolute(tick * 1000, { seconds: false }).slice(11)) },
        { ...axis, size: 62, ...(isWhole ? { incrs: wholes } : {}), values: (_, ticks) => ticks.map((tick) => format(tick).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")) },
      ],
      hooks: { setCursor: [({ cursor }) => legendAt(cursor.idx)] },
    };
  }

  function legendAt(index) {
    const { length } = data.times;
    series.forEach((one, number) => {
      const values = data.values[number];
      const value = index === null || index === undefined ? values.findLast((figure) => figure !== null) : values[index];
      one.last.textContent = length === 0 || value === null || value === undefined ? "–" : format(value);
    });
  }

  function draw() {
    if (!data) return;
    plot?.destroy();
    plot = null;
    const width = Math.floor(place.clientWidth);
    if (!window.uPlot) {
      fill(place, plain());
    } else if (width > 0) {
      place.replaceChildren();
      plot = new window.uPlot(options(width), [data.times, ...data.values], place);
    }
    legendAt(null);
  }

  /** Without uPlot: a line for each series, as well as lines go. */
  function plain() {
    const most = Math.max(1e-9, ...data.values.flat().filter((value) => value !== null));
    const wide = Math.max(1, data.times.length - 1);
    const lines = data.values.map((values, number) => h("polyline", {
      fill: "none", "stroke-width": "2", "vector-effect": "non-scaling-stroke", style: { stroke: `var(${series[number].color})` },
      points: values.map((value, index) => (value === null ? null : `${(index / wide) * 100},${38 - (value / most) * 36}`)).filter(Boolean).join(" "),
    }));
    return h("div", h("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", style: { width: "100%", height: `${height - 24}px` } }, lines),
      h("p.muted.small", `Up to ${format(most)}. `, "Charts have axes once ", h("code", "make uplot"), " has been run and ", h("code", "UPLOT_DIR"), " is set."));
  }

  function writeFigures() {
    if (!details.open || !data) return;
    summary.textContent = `Figures (times in ${zoneName()})`;
    const rows = data.times.map((time, index) => [time, index]).slice(-120).reverse();
    fill(figures, h("table", h("thead", h("tr", h("th", { scope: "col" }, "Time"), series.map((one) => h("th.number", { scope: "col" }, one.label)))),
      h("tbody", rows.map(([time, index]) => h("tr", h("th", { scope: "row" }, absolute(time * 1000, { seconds: false })),
        data.values.map((values) => h("td.number", values[index] === null ? "–" : format(values[index]))))))));
  }

  details.addEventListener("toggle", writeFigures);
  let width = 0;
  const observer = new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - width) < 2) return;
    width = place.clientWidth;
    if (plot) plot.setSize({ width: Math.floor(width), height });
    else draw();
  });
  observer.observe(place);
  const self = { draw };
  charts.add(self);
  page.onLeave(() => {
    charts.delete(self);
    observer.disconnect();
    plot?.destroy();
  });

  return {
    node,
    show(next) {
      data = next;
      if (plot) {
        plot.setData([data.times, ...data.values]);
        legendAt(null);
      } else {
        draw();
      }
      writeFigures();
    },
  };
}

/** A small line without axes, for a table's cell; its figures are told in words by `label`. */
export function spark(values, { label, color = "--accent" }) {
  const known = values.map((value) => value ?? 0);
  const most = Math.max(1e-9, ...known);
  const points = known.map((value, index) => `${(index / Math.max(1, known.length - 1)) * 100},${22 - (value / most) * 20}`).join(" ");
  return h("svg.spark", { viewBox: "0 0 100 24", preserveAspectRatio: "none", role: "img", "aria-label": label },
    h("polyline", { points, fill: "none", "stroke-width": "2", "vector-effect": "non-scaling-stroke", style: { stroke: `var(${color})` } }));
}
