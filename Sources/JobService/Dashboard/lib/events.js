// What happens on the server, as it happens. EventSource cannot send a token, so the stream is read by fetch.

import { ApiError, send } from "./api.js";
import { read, watch, write } from "./settings.js";

/** "live", "asking" (every few seconds, as the page does), "connecting", "polling" (for want of a stream), "paused" or "off": for who shows it. */
let status = "off";
const statusListeners = new Set();

export const eventStatus = () => status;
export function onEventStatus(listener) {
  statusListeners.add(listener);
  listener(status);
}

function setStatus(value) {
  if (status === value) return;
  status = value;
  for (const listener of statusListeners) listener(value);
}

export const isPaused = () => read("paused", false, "sessionStorage");
export const setPaused = (value) => write("paused", value || null, "sessionStorage");

/** Events of which a page is told at once, at most: of more it is told to read anew. */
const mostAtOnce = 2_000;
const pollSeconds = 5;
/** A stream that ends sooner, in milliseconds, counts as one that failed: it must not be opened again and again. */
const soundAfter = 5_000;

/** Splits the text of a stream into events: feed(text) calls `tell(kind, data)` for each that is whole. */
export function eventParser(tell) {
  let rest = "";
  let kind = "";
  let data = [];
  return (text) => {
    rest += text;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      const line = rest.slice(0, end).replace(/\r$/, "");
      rest = rest.slice(end + 1);
      if (line === "") {
        if (data.length) tell(kind || "message", data.join("\n"));
        kind = "";
        data = [];
      } else if (line.startsWith("event:")) {
        kind = line.slice(6).trimStart();
      } else if (line.startsWith("data:")) {
        data.push(line.slice(5).replace(/^ /, ""));
      }
    }
  };
}

/**
 * Listens while a page is shown.
 *
 * - `page`: the page; listening ends with it, pauses while the tab is hidden or the person has paused it.
 * - `events`: which kinds: some of "job", "queues", "operation", "log". `filter`: { queue, type } narrow those of jobs.
 *   Who hears of jobs is told of "job-deleted", too, whatever their queue and type.
 * - `onEvents(list)`: told of what came, [{ event, data }], once for each frame that is drawn at most.
 * - `onReset()`: called when what is shown must be read anew: some were missed. It may be async; it is never run twice at once.
 * While there is no stream `onReset` is called every five seconds.
 */
export function listen(page, { events, filter = {}, onEvents = () => {}, onReset = () => {} }) {
  let stream = null;
  let waiting = [];
  let frame = null;
  let isOver = false;
  let failures = 0;
  let timer = null;
  let isResetting = false;
  let narrows = true;

  async function reset() {
    if (isResetting || isOver) return;
    isResetting = true;
    await page.attempt(onReset);
    isResetting = false;
  }

  function deliver() {
    frame = null;
    const list = waiting;
    waiting = [];
    if (isOver || list.length === 0) return;
    if (list.length >= mostAtOnce) reset();
    else onEvents(list);
  }

  function tell(event, data) {
    if (event === "lagged") return reset();
    if (waiting.length < mostAtOnce) waiting.push({ event, data: JSON.parse(data) });
    frame ??= requestAnimationFrame(deliver);
    return undefined;
  }

  async function connect(isAgain) {
    const own = new AbortController();
    stream = own;
    setStatus(failures > 2 ? "polling" : "connecting");
    try {
      const parameters = narrows ? { events, ...filter } : {};
      const response = await send("/events", { parameters, signal: own.signal, accept: "text/event-stream" });
      const began = Date.now();
      setStatus("live");
      if (isAgain) reset();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const feed = eventParser((kind, data) => {
        if (events.includes(kind) || kind === "lagged" || (kind === "job-deleted" && events.includes("job"))) tell(kind, data);
      });
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        feed(value);
      }
      failures = Date.now() - began < soundAfter ? failures + 1 : 0;
    } catch (error) {
      if (own.signal.aborted || isOver) return;
      if (error instanceof ApiError && error.status === 422 && narrows) narrows = false;
      else failures += 1;
    }
    if (stream === own) again();
  }

  function again() {
    stream = null;
    if (isOver || shouldRest()) return;
    if (failures > 0) {
      setStatus(failures > 2 ? "polling" : "connecting");
      reset();
    }
    const seconds = failures === 0 ? 0.1 : Math.min(pollSeconds, 2 ** (failures - 1) / 2);
    timer = setTimeout(() => connect(true), seconds * 1000 * (0.75 + Math.random() / 2));
  }

  const shouldRest = () => document.hidden || isPaused();

  function rest() {
    clearTimeout(timer);
    stream?.abort();
    stream = null;
    setStatus(isPaused() ? "paused" : "off");
  }

  function decide() {
    if (isOver) return;
    if (shouldRest()) rest();
    else if (!stream) {
      clearTimeout(timer);
      connect(true);
    }
  }

  const unwatch = watch("paused", decide);
  document.addEventListener("visibilitychange", decide);
  page.onLeave(() => {
    isOver = true;
    rest();
    setStatus("off");
    unwatch();
    document.removeEventListener("visibilitychange", decide);
    if (frame) cancelAnimationFrame(frame);
  });
  if (shouldRest()) rest();
  else connect(false);
}

/** Has it told that a page asks every few seconds for what it shows, unless it listens besides. */
export function tellPolling(page) {
  if (status === "off") setStatus("asking");
  page.onLeave(() => setStatus("off"));
}
