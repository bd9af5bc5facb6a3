// What went wrong in a job's attempts, and what differs from one to the next.

import { badge, card } from "../lib/controls.js";
import { h } from "../lib/html.js";

/** Texts of more words are not compared: it would take too long. */
const mostWords = 600;

/**
 * What of a text differs from another: [{ text, isNew }], by the longest common sequence of words. Null when there is too much to compare.
 */
export function differences(before, after) {
  const [one, other] = [before, after].map((text) => text.match(/\s+|[^\s]+/g) ?? []);
  if (one.length > mostWords || other.length > mostWords) return null;
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = one[i] === other[j] ? lengths[(i + 1) * width + j + 1] + 1 : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const pieces = [];
  const add = (text, isNew) => {
    if (pieces.at(-1)?.isNew === isNew) pieces.at(-1).text += text;
    else pieces.push({ text, isNew });
  };
  let i = 0;
  for (let j = 0; j < other.length;) {
    if (i < one.length && one[i] === other[j]) {
      add(other[j], false);
      i += 1;
      j += 1;
    } else if (i < one.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
      i += 1;
    } else {
      add(other[j], true);
      j += 1;
    }
  }
  return pieces;
}

/** Attempts that failed one after the other with the same text, together. */
function groups(attempts) {
  const failed = attempts.filter(({ error }) => error).sort((one, other) => one.run - other.run);
  const found = [];
  for (const attempt of failed) {
    const last = found.at(-1);
    if (last && last.error === attempt.error) last.attempts.push(attempt);
    else found.push({ error: attempt.error, attempts: [attempt] });
  }
  return found;
}

/** The errors, the newest first, each with what is new since the one before marked; null when there are none. */
export function errorsCard(attempts) {
  const all = groups(attempts);
  if (all.length === 0) return null;
  const entry = ({ error, attempts: own }, index) => {
    const before = all[index - 1];
    const pieces = before ? differences(before.error, error) : null;
    const numbers = own.length === 1 ? `Attempt ${own[0].attempt}` : `Attempts ${own[0].attempt} to ${own.at(-1).attempt}, alike`;
    return h("li.error-entry",
      h("p", h("strong", numbers), " ", own[0].kind && badge(own[0].kind, "bad"), before && h("span.small.muted", pieces ? " What is new is marked." : "")),
      h("pre", pieces ? pieces.map(({ text, isNew }) => (isNew ? h("mark", text) : text)) : error));
  };
  return card(all.length === 1 && all[0].attempts.length === 1 ? "Error" : "Errors", h("ol.errors", all.map(entry).reverse()));
}
