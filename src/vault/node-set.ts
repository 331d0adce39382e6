import { ClefError, type NodeId } from '../core/index.ts';
import type { NodeCallOptions, StorageNode } from './nodes/port.ts';

/** How a node comes to be mounted; `open` may be called again after it failed. */
export interface NodeMount {
  /** Who is expected there, from an earlier mount; undefined the first time. */
  readonly id?: NodeId;
  readonly failureDomain: string;
  /** Share of the columns it takes, relative to the others. */
  readonly weight: number;
  readonly open: () => Promise<StorageNode>;
}

export type NodeState =
  | { readonly kind: 'online' }
  /** It was away or did not answer in time; it is tried again after `untilMs`. */
  | { readonly kind: 'resting'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'offline'; readonly reason: string };

/** A node that the set knows, reachable or not. */
export interface KnownNode {
  readonly id: NodeId;
  readonly failureDomain: string;
  readonly weight: number;
  readonly state: NodeState;
}

export interface NodeSetOptions {
  readonly now: () => number;
  /** Put around each node once it is open: what counts, caps or repeats its calls. */
  readonly decorate?: (node: StorageNode) => StorageNode;
}

/** After an outage or a timeout a node is left alone for so long, then tried again by whoever needs it. */
const REST_MS = 5_000;

interface Member {
  readonly mount: NodeMount;
  weight: number;
  id: NodeId | undefined;
  node: StorageNode | undefined;
  state: NodeState;
  /** The attempt to open it that is under way. */
  opening: Promise<void> | undefined;
}

/**
 * The storage nodes of a vault. A node that is absent, or is not the one expected, is known and offline,
 * never an empty node. Order of mounting has no meaning.
 */
export class NodeSet implements AsyncDisposable {
  readonly #now: () => number;
  readonly #decorate: NodeSetOptions['decorate'];
  readonly #members: Member[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(options: NodeSetOptions) {
    this.#now = options.now;
    this.#decorate = options.decorate;
  }

  /**
   * Adds a node; one that does not open is added as offline and tried again by `probe`.
   * The same node twice is `config-invalid`.
   */
  async mount(mount: NodeMount): Promise<KnownNode | undefined> {
    const member: Member = {
      mount,
      weight: mount.weight,
      id: mount.id,
      node: undefined,
      state: { kind: 'offline', reason: 'not mounted yet' },
      opening: undefined,
    };
    if (mount.id !== undefined) this.#assertNew(mount.id);
    this.#members.push(member);
    try {
      await this.#open(member);
    } catch (error) {
      this.#members.splice(this.#members.indexOf(member), 1);
      throw error;
    }
    return describe(member);
  }

  /** From now on it takes another share of the columns; 0 for none. Nothing moves by that. */
  weigh(id: NodeId, weight: number): void {
    const member = this.#members.find((candidate) => candidate.id === id);
    if (member) member.weight = weight;
  }

  /** Forgets a node: from now on what it holds is neither there nor away. Calls under way may fail. */
  async unmount(id: NodeId): Promise<void> {
    const at = this.#members.findIndex((candidate) => candidate.id === id);
    const [member] = at < 0 ? [] : this.#members.splice(at, 1);
    if (!member) return;
    await member.opening;
    for (const listener of this.#listeners) listener();
    await member.node?.[Symbol.asyncDispose]();
  }

  /** All nodes whose id is known. */
  known(): readonly KnownNode[] {
    return this.#members.flatMap((member) => describe(member) ?? []);
  }

  /** Mounts that never opened, so that even their id is unknown. */
  get unidentified(): number {
    return this.#members.filter((member) => member.id === undefined).length;
  }

  /** The node, unless it is offline or resting. */
  get(id: NodeId): StorageNode | undefined {
    const member = this.#members.find((candidate) => candidate.id === id);
    return member && this.#usable(member) ? member.node : undefined;
  }

  /** It answered when it was asked last: not one that rested, and is to be tried again. */
  isOnline(id: NodeId): boolean {
    return this.#members.some((member) => member.id === id && member.state.kind === 'online');
  }

  /** Nodes that can be used now. */
  reachable(): readonly StorageNode[] {
    return this.#members.flatMap((member) => (member.node && this.#usable(member) ? [member.node] : []));
  }

  /** True where nothing could be missed: every node that was ever mounted here answers. */
  get complete(): boolean {
    return this.#members.every((member) => member.node && this.#usable(member));
  }

  /** Even while it rests: for bytes that nobody else has. */
  getInNeed(id: NodeId): StorageNode | undefined {
    return this.#members.find((candidate) => candidate.id === id)?.node;
  }

  /**
   * Told by whoever met an outage or waited in vain. A failure that concerns one object says nothing about
   * the node, and a bad sector must not take the whole disk away.
   */
  rest(id: NodeId, reason: string): void {
    const member = this.#members.find((candidate) => candidate.id === id);
    if (member?.node) this.#rest(member, reason);
  }

  /** Asks every node whether it answers, and mounts again those that were not there. */
  async probe(options: NodeCallOptions = {}): Promise<void> {
    await Promise.all(
      this.#members.map((member) =>
        member.node ? this.#ask(member, member.node, options) : this.#open(member),
      ),
    );
  }

  /** Calls back when a node came or went; returns the unsubscriber. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const nodes = this.#members.splice(0).flatMap((member) => member.node ?? []);
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  #usable(member: Member): boolean {
    const { state } = member;
    return state.kind === 'online' || (state.kind === 'resting' && state.untilMs <= this.#now());
  }

  #rest(member: Member, reason: string): void {
    this.#become(member, { kind: 'resting', untilMs: this.#now() + REST_MS, reason });
  }

  #become(member: Member, state: NodeState): void {
    const isNews = (state.kind === 'online') !== (member.state.kind === 'online');
    member.state = state;
    if (isNews) for (const listener of this.#listeners) listener();
  }

  #open(member: Member): Promise<void> {
    member.opening ??= this.#openOnce(member).finally(() => {
      member.opening = undefined;
    });
    return member.opening;
  }

  async #openOnce(member: Member): Promise<void> {
    let node: StorageNode;
    try {
      node = await member.mount.open();
    } catch (error) {
      this.#become(member, { kind: 'offline', reason: reasonOf(error) });
      return;
    }
    if (member.id !== undefined && node.id !== member.id) {
      await node[Symbol.asyncDispose]();
      const reason = `node ${node.id} is mounted where ${member.id} is expected`;
      this.#become(member, { kind: 'offline', reason });
      return;
    }
    if (member.id === undefined) {
      try {
        this.#assertNew(node.id);
      } catch (error) {
        await node[Symbol.asyncDispose]();
        throw error;
      }
      member.id = node.id;
    }
    member.node = this.#decorate?.(node) ?? node;
    await this.#ask(member, member.node, {});
  }

  /** A node that opened may still be away: a directory whose disk is not there yet opens too. */
  async #ask(member: Member, node: StorageNode, options: NodeCallOptions): Promise<void> {
    try {
      await node.free(options);
      this.#become(member, { kind: 'online' });
    } catch (error) {
      options.signal?.throwIfAborted();
      this.#rest(member, reasonOf(error));
    }
  }

  #assertNew(id: NodeId): void {
    if (this.#members.some((member) => member.id === id)) {
      throw new ClefError('config-invalid', `storage node ${id} is named more than once`);
    }
  }
}

function describe(member: Member): KnownNode | undefined {
  const { id, mount, weight, state } = member;
  // What the node says of itself wins: a directory finds its device when it opens.
  const failureDomain = member.node?.failureDomain ?? mount.failureDomain;
  return id === undefined ? undefined : { id, failureDomain, weight, state };
}

function reasonOf(error: unknown): string {
  return error instanceof ClefError ? error.message : 'it could not be opened';
}
