// Keys that work wherever the focus is.

/// <reference lib="dom" />

/** Where keys mean something else. */
const OTHERS = "dialog, select, input:not([type=range]), #corrections, #training";

/**
 * @param actions By key, in lower case: `escape`, `command z` where Ctrl or ⌘ is held, `command shift z`.
 */
export function onKeys(actions: Readonly<Record<string, () => void>>): void {
  document.addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey, shiftKey } = event;
    if (target instanceof Element && target.closest(OTHERS)) return;
    const isCommand = ctrlKey || metaKey;
    const held = isCommand ? shiftKey ? "command shift " : "command " : "";
    const action = actions[held + key.toLowerCase()];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
