// The ways that a picture file comes to the page: chosen, dropped, pasted.

/// <reference lib="dom" />
import { find } from "./dom.ts";

/** @param onFile Hears of each file that a person hands in, whatever is in it. */
export function takeFiles(onFile: (file: File) => void): void {
  const chooser = find("file", HTMLInputElement);
  find("open", HTMLButtonElement).addEventListener("click", () => chooser.click());
  for (const input of [chooser, find("capture", HTMLInputElement)]) {
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      input.value = ""; // or the same file again would be no change
      if (file) onFile(file);
    });
  }

  document.addEventListener("paste", (event) => {
    const file = firstFile(event.clipboardData);
    if (file) onFile(file);
  });

  document.addEventListener("dragover", (event) => {
    event.preventDefault(); // else the browser would show the file in the page's place
    document.documentElement.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.documentElement.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    document.documentElement.classList.remove("dragging");
    if (event.defaultPrevented) return; // it was for another part of the page
    event.preventDefault();
    const file = firstFile(event.dataTransfer);
    if (file) onFile(file);
  });
}

function firstFile(data: DataTransfer | null): File | undefined {
  return data?.files[0];
}
