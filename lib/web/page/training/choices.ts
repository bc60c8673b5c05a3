// What is to be trained, and on what: the form of the page's training.

/// <reference lib="dom" />

import { PAGE_MIRROR } from "../../../data/sources.ts";
import { RECIPES } from "../../../model/recipes.ts";
import { make } from "../dom.ts";
import { datasetOf, type IdxFiles, missingFrom, readIdxFile } from "./idx_files.ts";
import { DRAWN, type Order, SEED } from "./order.ts";

/** Where pictures come from. */
type Kind = "drawn" | "mnist" | "files";

const KINDS: readonly { kind: Kind; name: string; help: string }[] = [
  {
    kind: "drawn",
    name: "Digits that this page draws",
    help: `${grouped(DRAWN.train)} to learn from and ${grouped(DRAWN.test)} to test with, by a ` +
      "random pen; nothing is loaded",
  },
  {
    kind: "mnist",
    name: "MNIST",
    help: "70,000 digits that Americans wrote around 1990; 11 MB from " +
      `${new URL(PAGE_MIRROR).host}, once`,
  },
  {
    kind: "files",
    name: "Files of yours",
    help: "MNIST's, or others in its format; they stay on this device",
  },
];

/** All that tell digits apart. */
const NETWORKS = Object.values(RECIPES).filter(({ dataset }) => dataset === undefined);

export class Choices {
  readonly element: HTMLFieldSetElement;
  #kind: Kind = "drawn";
  #files: IdxFiles = {};
  readonly #network = make("select");
  readonly #epochs = make("input", { type: "number", min: "1", max: "1000", required: true });
  readonly #chooser = make("input", { type: "file", multiple: true, hidden: true });
  readonly #list = make("ul", { className: "training-files" });
  readonly #missing = make("p");
  readonly #problem = make("p", { className: "training-problem", role: "alert" });
  readonly #filesZone: HTMLElement;

  constructor() {
    this.#network.append(
      ...NETWORKS.map(({ name, summary }) =>
        make("option", { value: name }, `${name}: ${summary}`)
      ),
    );
    this.#network.addEventListener("change", () => this.#showEpochs());
    this.#filesZone = this.#makeFilesZone();
    this.element = make(
      "fieldset",
      { className: "training-choices" },
      make("legend", { className: "visually-hidden", textContent: "What to train, and on what" }),
      make(
        "div",
        { className: "training-data", role: "radiogroup", ariaLabel: "Learn from" },
        ...KINDS.map((each) => this.#makeKind(each)),
      ),
      this.#filesZone,
      make(
        "div",
        { className: "training-network" },
        make("label", {}, "Network ", this.#network),
        make("label", {}, "Epochs ", this.#epochs),
      ),
    );
    this.#showEpochs();
    this.#showFiles();
  }

  /**
   * What was chosen.
   *
   * @throws {Error} where files are missing, or do not fit together.
   */
  get order(): Order {
    return {
      data: this.#kind === "files" ? this.#dataset() : this.#kind,
      recipe: this.#network.value,
      epochs: this.#epochs.valueAsNumber,
    };
  }

  #dataset() {
    const missing = missingFrom(this.#files);
    if (missing !== undefined) throw new Error(`Choose ${missing} first`);
    return datasetOf(this.#files, SEED);
  }

  #makeKind({ kind, name, help }: typeof KINDS[number]): HTMLLabelElement {
    const radio = make("input", { type: "radio", name: "training-data", value: kind });
    radio.checked = kind === this.#kind;
    radio.addEventListener("change", () => {
      this.#kind = kind;
      this.#filesZone.hidden = kind !== "files";
    });
    return make("label", {}, radio, make("span", {}, name, make("small", {}, help)));
  }

  #makeFilesZone(): HTMLElement {
    const button = make("button", { type: "button" }, "Choose files");
    button.addEventListener("click", () => this.#chooser.click());
    this.#chooser.addEventListener("change", async () => {
      const files = [...this.#chooser.files!];
      this.#chooser.value = ""; // or the same files again would be no change
      await this.#add(files);
    });
    const zone = make(
      "div",
      { className: "training-zone", hidden: true },
      make("p", {}, "Two files to learn from, and two to test with where you have them. ", button),
      this.#chooser,
      this.#list,
      this.#missing,
      this.#problem,
    );
    zone.addEventListener("drop", async (event) => {
      event.preventDefault(); // it is no picture to be read
      await this.#add([...event.dataTransfer!.files]);
    });
    return zone;
  }

  /** What is wrong with one file does not keep the others out. */
  async #add(files: readonly File[]): Promise<void> {
    const problems: string[] = [];
    for (const file of files) {
      try {
        const read = await readIdxFile(file.name, new Uint8Array(await file.arrayBuffer()));
        this.#files = { ...this.#files, [read.part]: read };
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
    this.#problem.textContent = problems.join("\n");
    this.#showFiles();
  }

  #showFiles(): void {
    const purposes = {
      trainImages: "pictures to learn from",
      trainLabels: "labels to learn from",
      testImages: "pictures to test with",
      testLabels: "labels to test with",
    };
    this.#list.replaceChildren(
      ...Object.values(this.#files).map(({ name, part, count, isMnist }) =>
        make(
          "li",
          {},
          make("strong", {}, name),
          ` ${grouped(count)} ${purposes[part]}${isMnist ? ", MNIST's own" : ""}`,
        )
      ),
    );
    const missing = missingFrom(this.#files);
    this.#missing.textContent = missing === undefined
      ? this.#files.testImages ? "" : "A fifth of them is held back to test with."
      : `Still missing: ${missing}.`;
  }

  #showEpochs(): void {
    this.#epochs.valueAsNumber = RECIPES[this.#network.value].epochs;
  }
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}
