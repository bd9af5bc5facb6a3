// What a person has chosen on this browser. Without storage, as in private windows, it lasts as long as the page.

const memory = new Map();
const listeners = new Map();

function store(kind) {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

/** Reads what was kept under a name; `otherwise` when there is nothing or it cannot be read. */
export function read(name, otherwise = null, kind = "localStorage") {
  try {
    const text = store(kind)?.getItem(`queueflow.${name}`) ?? memory.get(name) ?? null;
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/** Keeps a value under a name, null to forget it, and tells who watches. */
export function write(name, value, kind = "localStorage") {
  const text = value === null ? null : JSON.stringify(value);
  if (text === null) memory.delete(name);
  else memory.set(name, text);
  try {
    if (text === null) store(kind)?.removeItem(`queueflow.${name}`);
    else store(kind)?.setItem(`queueflow.${name}`, text);
  } catch {
    // It is full or not allowed: the page remembers.
  }
  for (const listener of listeners.get(name) ?? []) listener(value);
}

/** Calls a function whenever a value is kept under a name; what is returned ends that. */
export function watch(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
  return () => listeners.get(name).delete(listener);
}

// What is chosen in one tab holds for the others, too.
window.addEventListener("storage", ({ key, newValue, storageArea }) => {
  const name = key?.startsWith("queueflow.") ? key.slice("queueflow.".length) : null;
  if (!name || storageArea !== store("localStorage")) return;
  memory.delete(name);
  let value = null;
  try {
    value = newValue === null ? null : JSON.parse(newValue);
  } catch {
    // Something else wrote it.
  }
  for (const listener of listeners.get(name) ?? []) listener(value);
});
