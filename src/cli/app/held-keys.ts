import type { Logger } from 'pino';
import { isClefError, type LibraryId } from '../../core/index.ts';
import {
  type LoadedKeys,
  loadLibraryKeys,
  type ServerKey,
  type ServerKeyPlace,
  writeSeenKeys,
} from '../../keystore/index.ts';
import { type NodeSet, readStatements, storeStatements } from '../../vault/index.ts';

export interface HeldKeysOptions {
  /** Seen and stored. */
  readonly keys: LoadedKeys;
  readonly server: ServerKey;
  readonly place: ServerKeyPlace;
  readonly seenFile: string;
  readonly libraryId: LibraryId;
  readonly nodes: NodeSet;
  readonly log: Logger;
  readonly now: () => number;
}

/** How many nodes hold the newest keyrings, and how many there are. */
export interface KeysSpread {
  readonly holders: number;
  readonly nodes: number;
}

/** Somebody may have written to a node, or lost it, without its going away; and other servers change keyrings too. */
const LOOK_AGAIN_MS = 3_600_000;

/**
 * The keys of a running server. A new version goes to the data folder first, so that whoever was killed in between finds
 * it again and makes no second successor; then to the nodes; and seals only when a node has it, since what is sealed
 * under an epoch has to outlive this machine. One change at a time.
 */
export class HeldKeys {
  readonly server: ServerKey;
  readonly place: ServerKeyPlace;
  readonly #options: HeldKeysOptions;
  #keys: LoadedKeys;
  #sealing: LoadedKeys;
  #last: Promise<unknown> = Promise.resolve();
  /** The nodes that were last given what they lacked, all of those that answered, and when that was. */
  #spreadTo = '';
  #spreadAtMs: number;

  constructor(options: HeldKeysOptions) {
    this.#options = options;
    this.server = options.server;
    this.place = options.place;
    this.#keys = options.keys;
    this.#sealing = options.keys;
    this.#spreadAtMs = options.now();
  }

  get keys(): LoadedKeys {
    return this.#keys;
  }

  get sealing(): LoadedKeys {
    return this.#sealing;
  }

  /**
   * Makes the next version from the newest that is known anywhere, and takes it into use. Rejects, and changes nothing,
   * where `make` does, or with `keyring-conflict`. Once it resolves, the version stays, even where no node took it yet.
   */
  change(make: (current: LoadedKeys) => LoadedKeys | Promise<LoadedKeys>): Promise<KeysSpread> {
    return this.#alone(async () => {
      await this.#options.nodes.probe();
      await this.#learn();
      await this.#accept(await make(this.#keys));
      return this.#spread();
    });
  }

  /** Takes what was made elsewhere of all that is known, as a settlement is; otherwise as `change`. */
  take(keys: LoadedKeys): Promise<KeysSpread> {
    return this.#alone(async () => {
      await this.#accept(keys);
      return this.#spread();
    });
  }

  /** Gives nodes that came back what they lack, and learns what other servers changed; costs nothing where nothing moved. */
  tend(signal?: AbortSignal): Promise<void> {
    const { now } = this.#options;
    const isDue = this.#sealing !== this.#keys || now() - this.#spreadAtMs >= LOOK_AGAIN_MS;
    if (!isDue && this.#spreadTo === this.#answering()) return Promise.resolve();
    return this.#alone(async () => {
      // A conflict is somebody's to settle; what this server has accepted goes to the nodes all the same.
      const conflict = await this.#learn(signal).catch((error: unknown) => {
        if (!isClefError(error, 'keyring-conflict')) throw error;
        return error;
      });
      await this.#spread(signal);
      if (conflict) throw conflict;
    });
  }

  async #learn(signal?: AbortSignal): Promise<undefined> {
    const { nodes, libraryId, log } = this.#options;
    const found = await readStatements(nodes, libraryId, { ...(signal && { signal }) });
    const loaded = await loadLibraryKeys(this.#keys.seen, found, this.server.identity);
    for (const error of loaded.rejected) log.warn({ err: error }, 'a statement on a node was refused');
    await this.#accept(loaded);
  }

  async #accept(next: LoadedKeys): Promise<void> {
    if (isSame(next, this.#keys)) return;
    await writeSeenKeys(this.#options.seenFile, next.seen);
    this.#keys = next;
  }

  async #spread(signal?: AbortSignal): Promise<KeysSpread> {
    const { nodes, libraryId, log, now } = this.#options;
    const keys = this.#keys;
    const answering = this.#answering();
    const total = nodes.known().length;
    try {
      const { statements } = keys.seen;
      const holders = await storeStatements(nodes, libraryId, statements, { ...(signal && { signal }) });
      this.#sealing = keys;
      this.#spreadAtMs = now();
      // One that answered and did not take it is asked again.
      this.#spreadTo = holders === nodes.reachable().length ? answering : '';
      return { holders, nodes: total };
    } catch (error) {
      if (!isClefError(error, 'vault-too-few-nodes')) throw error;
      log.warn({ err: error }, 'no node took the keyrings; what is imported is sealed as before');
      return { holders: 0, nodes: total };
    }
  }

  #answering(): string {
    const ids = this.#options.nodes.reachable().map(({ id }) => id);
    return ids.toSorted().join(' ');
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function isSame({ seen: a }: LoadedKeys, { seen: b }: LoadedKeys): boolean {
  return (
    a.trustVersion === b.trustVersion &&
    a.heads.library.version === b.heads.library.version &&
    a.heads.service.version === b.heads.service.version &&
    a.statements.library.length === b.statements.library.length &&
    a.statements.service.length === b.statements.service.length
  );
}
