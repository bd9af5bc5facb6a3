// What can be done with many dead letters at once. The server does it, as an operation, after having said how many are meant.

import { tenant } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { runOperation } from "./operation-dialog.js";

/** What narrows dead letters, in the address as in calls. */
export const filterNames = ["queue", "type", "reason", "fingerprint", "died_after", "died_before", "tenant"];

/** The filter of a page's address: only what is given. */
export function filterOf(query) {
  const given = { ...query, tenant: isAdmin() ? tenant() : null };
  return Object.fromEntries(filterNames.filter((name) => given[name]).map((name) => [name, given[name]]));
}

async function run(operation, done) {
  await runOperation({ ...operation, what: "dead letter" });
  await done();
}

/** Replays all that a filter is meant for, after a dry run and a question; `done` is called afterwards. */
export const replayAll = (filter, done) => run({ kind: "retry", filter: { ...filter, state: ["dead"] } }, done);

/** Drops all that a filter is meant for, after a dry run and a word that must be typed. */
export const dropAll = (filter, done) => run({ kind: "delete", filter: { ...filter, state: ["dead"] } }, done);

/** Replays or drops those with some ids. */
export const replaySome = (ids, done) => run({ kind: "retry", ids }, done);
export const dropSome = (ids, done) => run({ kind: "delete", ids }, done);
