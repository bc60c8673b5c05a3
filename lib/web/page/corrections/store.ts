// What people said that digits were, kept in this browser and nowhere else.

/// <reference lib="dom" />

import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from "idb";

/** A digit as the network saw it, and what somebody says that it was. */
export interface Correction {
  /** Of its own in all tabs; sorts by time. */
  id: string;
  /** (28, 28) row-major: 0 paper to 255 ink. */
  pixels: Uint8Array;
  /** What it was, */
  label: string;
  /** what it was read as, how probable that was said to be, 0 to 1, and by which model. */
  readAs: string;
  confidence: number;
  model: string;
  /** When it was labelled (ISO 8601). */
  at: string;
}

/** An IndexedDB, and the channel that its users tell each other by that it has changed. */
const NAME = "digits-corrections";
const TABLE = "corrections";

interface Schema extends DBSchema {
  [TABLE]: { key: string; value: Correction };
}

type Table = IDBPObjectStore<Schema, [typeof TABLE], typeof TABLE, "readwrite">;

/**
 * Corrections in the order they were made. Each is a record of its own in an IndexedDB: tabs that are
 * open at once add to the same table, and are told of each other's changes. Where the browser keeps
 * nothing, or no more, they stay in memory, {@linkcode problem} says so, and each later change tries
 * again.
 */
export class CorrectionStore {
  /** Why what was added last is not kept, for people to read; undefined where it is. */
  problem?: string;
  readonly #database: Promise<IDBPDatabase<Schema>>;
  readonly #tabs = new BroadcastChannel(NAME);
  readonly #onChange: () => void;
  #corrections = new Map<string, Correction>();
  /** Ids of those that are in memory only. */
  readonly #unsaved = new Set<string>();

  /** @param onChange Told of each change, by this tab or another, and that all have been loaded. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#database = openDatabase();
    this.#tabs.onmessage = () => this.#load();
    this.#load();
  }

  /** All, those of before and of other tabs too once they have been loaded. */
  get all(): Correction[] {
    return [...this.#corrections.values()].sort((a, b) => a.id < b.id ? -1 : 1);
  }

  /** Adds a correction, or puts it in the place of the one with its id. */
  async put(correction: Correction): Promise<void> {
    this.#corrections.set(correction.id, correction);
    this.#unsaved.add(correction.id);
    await this.#write(() => {});
  }

  /** Removes those of some ids; what another tab adds meanwhile stays. */
  async remove(...ids: string[]): Promise<void> {
    for (const id of ids) {
      this.#corrections.delete(id);
      this.#unsaved.delete(id);
    }
    await this.#write((table) => Promise.all(ids.map((id) => table.delete(id))));
  }

  async #load(): Promise<void> {
    try {
      const stored = await (await this.#database).getAll(TABLE);
      const unsaved = this.all.filter(({ id }) => this.#unsaved.has(id));
      this.#corrections = new Map([...stored, ...unsaved].map((one) => [one.id, one]));
    } catch (error) {
      this.problem = describe(error);
    }
    this.#onChange();
  }

  /** Changes the table, and saves what is in memory only: all of it or, where that fails, nothing. */
  async #write(change: (table: Table) => unknown): Promise<void> {
    this.#onChange();
    const unsaved = this.all.filter(({ id }) => this.#unsaved.has(id));
    try {
      const transaction = (await this.#database).transaction(TABLE, "readwrite");
      await Promise.all([
        change(transaction.store),
        ...unsaved.map((correction) => transaction.store.put(correction)),
        transaction.done,
      ]);
      for (const correction of unsaved) {
        // It may have been labelled anew while it was saved.
        if (this.#corrections.get(correction.id) === correction) {
          this.#unsaved.delete(correction.id);
        }
      }
      this.problem = undefined;
      this.#tabs.postMessage(undefined);
    } catch (error) {
      this.problem = describe(error);
    }
    this.#onChange();
  }
}

/** Rejects where it is forbidden; some browsers throw at once then. */
async function openDatabase(): Promise<IDBPDatabase<Schema>> {
  return await openDB<Schema>(NAME, 1, {
    upgrade: (database) => void database.createObjectStore(TABLE, { keyPath: "id" }),
  });
}

/** Sentences for people, from the names that IndexedDB's errors have. */
function describe(error: unknown): string {
  const { name, message } = error as DOMException;
  const reason = name === "QuotaExceededError"
    ? "This browser has no room left for corrections"
    : `This browser does not let the page keep corrections (${message})`;
  return `${reason}. They are here until the page is closed: download them before that.`;
}
