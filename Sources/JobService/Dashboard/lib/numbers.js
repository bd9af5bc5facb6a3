// Numbers for people.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const thin = (text) => text.replaceAll(",", "\u202f");

/** A whole number with thin spaces: 12 345. An en dash for none. */
export const number = (value) => (value === null || value === undefined ? "–" : thin(whole.format(value)));

/** A count: "10 000+" when it is not exact. */
export const count = (value, isExact = true) => (value === null || value === undefined ? "–" : number(value) + (isExact ? "" : "+"));

/** A rate per second: 0, 0.02, 3.4, 1 250. */
export function rate(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  if (value < 0.01) return "<0.01";
  if (value < 1) return value.toFixed(2);
  return value < 100 ? String(Math.round(value * 10) / 10) : number(value);
}

/** A share from 0 to 1 as 3.4 %. */
export function percent(value) {
  if (value === null || value === undefined) return "–";
  const hundred = value * 100;
  return `${hundred > 0 && hundred < 10 ? Math.round(hundred * 10) / 10 : Math.round(hundred)}\u202f%`;
}

/** A length of time in seconds: 12 ms, 3.4 s, 5 min 3 s, 2 h 10 min, 3 d 4 h. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds === 0) return "0\u202fs";
  if (seconds < 0.001) return "<1\u202fms";
  if (seconds < 1) return `${Math.round(seconds * 1000)}\u202fms`;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10}\u202fs`;
  if (seconds < 59.5) return `${Math.round(seconds)}\u202fs`;
  const rounded = Math.round(seconds);
  const parts = [[Math.floor(rounded / 86_400), "d"], [Math.floor(rounded / 3600) % 24, "h"], [Math.floor(rounded / 60) % 60, "min"], [rounded % 60, "s"]];
  const first = parts.findIndex(([value]) => value > 0);
  return parts.slice(first, first + 2).filter(([value]) => value > 0).map(([value, unit]) => `${value}\u202f${unit}`).join(" ");
}

/** So many bytes: 812 B, 3.4 KiB. */
export function bytes(value) {
  if (value === null || value === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10}\u202f${units[unit]}`;
}

/** A word in the singular or the plural: plural(2, "job") is "2 jobs". */
export const plural = (value, one, many = `${one}s`, isExact = true) => `${count(value, isExact)} ${value === 1 && isExact ? one : many}`;
