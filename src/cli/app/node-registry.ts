import { ClefError, type NodeId, type Policy } from '../../core/index.ts';
import type { KitNode } from '../../keystore/index.ts';
import { NodeSet, nodeWeights } from '../../vault/index.ts';
import { NodeMeter } from '../../vault/nodes/measure.ts';
import { parseSetting } from '../config/config.ts';
import type { NodeEntry } from '../config/settings.ts';
import type { DataFolder } from '../data-folder.ts';
import type { InvitedNode } from './invitation.ts';
import type { WorkerNode } from './media-worker-protocol.ts';
import { type NodeFile, type NodeUse, type RegisteredNode, writeNodeFile } from './node-file.ts';
import type { NodePlace } from './node-place.ts';
import { openNode, placeOf } from './node-places.ts';

/** A place that is in use, and the node there. */
export interface MountedNode {
  readonly place: NodePlace;
  readonly entry: NodeEntry;
  readonly id: NodeId;
  readonly failureDomain: string;
}

/** A node as `clef vault node list` shows it. */
export interface ListedNode {
  readonly id: NodeId;
  readonly place: string;
  readonly use: NodeUse;
  readonly domain: string;
  readonly weight: number;
}

/**
 * The storage nodes of this server, kept in `nodes.json`: those of CLEF_NODES, those that were added since, how they are
 * used, and what policy new assets have. Its changes are durable before they show, and come one at a time.
 */
export class NodeRegistry implements AsyncDisposable {
  readonly nodes: NodeSet;
  /** What was asked of the nodes, by this process and its media workers. */
  readonly meter = new NodeMeter(() => performance.now());
  readonly #data: DataFolder;
  readonly #configuredPolicy: Policy | undefined;
  readonly #mounted: MountedNode[] = [];
  readonly #listeners = new Set<() => void>();
  #file: NodeFile;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly data: DataFolder;
    readonly file: NodeFile;
    readonly policy: Policy | undefined;
    readonly now: () => number;
  }) {
    this.nodes = new NodeSet({ now: options.now, decorate: (node) => this.meter.measure(node) });
    this.#data = options.data;
    this.#file = options.file;
    this.#configuredPolicy = options.policy;
  }

  /** Of new assets. What a person set while Clef ran wins over what its settings say. */
  get policy(): Policy {
    return this.#file.policy ?? this.#configuredPolicy ?? { k: 1, m: 0 };
  }

  /** True once a person said `clef vault policy set`. */
  get isPolicySet(): boolean {
    return this.#file.policy !== undefined;
  }

  /** What CLEF_POLICY says where that is not what counts. */
  get overruledPolicy(): Policy | undefined {
    const [configured, { k, m }] = [this.#configuredPolicy, this.policy];
    return configured && (configured.k !== k || configured.m !== m) ? configured : undefined;
  }

  /** As the recovery kit names them. */
  get places(): readonly KitNode[] {
    return this.#mounted.map(({ id, place }) => ({ id, place: place.name }));
  }

  /** As a media worker opens them. */
  get mounted(): readonly WorkerNode[] {
    const weights = new Map(this.nodes.known().map(({ id, weight }) => [id, weight]));
    return this.#mounted.map(({ id, place: { spec }, failureDomain }) => ({
      spec,
      id,
      failureDomain,
      weight: weights.get(id) ?? 0,
    }));
  }

  list(): readonly ListedNode[] {
    const known = new Map(this.nodes.known().map((node) => [node.id, node]));
    const removed = this.#file.nodes.filter(({ use }) => use === 'removed');
    return [
      ...this.#mounted.map(({ id, place, failureDomain }) => ({
        id,
        place: place.name,
        use: this.#recordOf(place.name)?.use ?? 'used',
        domain: known.get(id)?.failureDomain ?? failureDomain,
        weight: known.get(id)?.weight ?? 0,
      })),
      ...removed.map(({ id, place, use }) => ({ id, place, use, domain: '', weight: 0 })),
    ];
  }

  /** As another server has to know them. */
  get invited(): readonly InvitedNode[] {
    const entries = new Map(this.#mounted.map(({ id, entry }) => [id, entry]));
    return this.list().map(({ id, place, use, domain }) => {
      const weight = entries.get(id)?.weight ?? this.#recordOf(place)?.weight;
      return { id, place, use, ...(domain && { domain }), ...(weight !== undefined && { weight }) };
    });
  }

  /** By the name of its place, its id, or the beginning of the id that no other has. `not-found`, `bad-request`. */
  find(text: string): ListedNode {
    const all = this.list();
    const exact = all.find(({ id, place }) => place === text || id === text);
    const alike = all.filter(({ id }) => text.length >= 4 && id.startsWith(text));
    const [found, second] = exact ? [exact] : alike;
    if (found && !second) return found;
    throw second
      ? new ClefError('bad-request', 'the ids of several nodes begin so; give more of it')
      : new ClefError('not-found', 'no node has this place or id; `clef vault node list` shows them');
  }

  /** Changes how a node is used, and weighs all anew. */
  async use(id: NodeId, use: NodeUse): Promise<void> {
    await this.#change(async () => {
      await this.#write(this.#file.nodes.map((node) => (node.id === id ? { ...node, use } : node)));
      if (use === 'removed') {
        const at = this.#mounted.findIndex((node) => node.id === id);
        if (at >= 0) this.#mounted.splice(at, 1);
        await this.nodes.unmount(id);
      }
    });
  }

  /** Takes an empty place, or one that was a node of this library, for a node, whose id is answered. */
  async add(text: string, become: (place: NodePlace) => Promise<NodeId>): Promise<NodeId> {
    const entry = parseEntry(text);
    const place = await placeOf(entry);
    const id = await become(place);
    await this.#change(async () => {
      const known = this.#recordOf(place.name);
      const others = this.#file.nodes.filter((node) => node.place !== place.name);
      const elsewhere = others.find((node) => node.id === id && node.use !== 'removed');
      if (elsewhere) throw new ClefError('config-invalid', 'this node is used already, by another name');
      const record: RegisteredNode = {
        ...(known?.id === id && known),
        id,
        place: place.name,
        use: 'used',
        entry: text,
      };
      await this.#write([...others.filter((node) => node.id !== id), record]);
      if (!this.#mounted.some((node) => node.id === id)) await this.#mount(place, entry, id);
    });
    return id;
  }

  /** From now on the policy of new assets, here. */
  setPolicy(policy: Policy): Promise<void> {
    return this.#change(() => this.#write(this.#file.nodes, policy));
  }

  /** At the start: the nodes of all places that are in use. */
  async mountAll(places: readonly Omit<MountedNode, 'failureDomain'>[]): Promise<void> {
    for (const { place, entry, id } of places) await this.#mount(place, entry, id);
    await this.#change(async () => {
      const known = new Map(this.#file.nodes.map((node) => [node.place, node]));
      for (const { place, id } of this.#mounted) {
        if (known.get(place.name)?.id !== id) known.set(place.name, { id, place: place.name, use: 'used' });
      }
      await this.#write([...known.values()]);
    });
  }

  /** The failure domains of the places in use, and whether a person named them. */
  domains(): readonly { readonly domain: string; readonly isNamed: boolean }[] {
    return this.#mounted.map(({ failureDomain, entry }) => ({
      domain: failureDomain,
      isNamed: entry.failureDomain !== undefined,
    }));
  }

  /** Calls back when a node was added, removed or weighed anew; returns the unsubscriber. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.nodes[Symbol.asyncDispose]();
  }

  #recordOf(place: string): RegisteredNode | undefined {
    return this.#file.nodes.find((node) => node.place === place);
  }

  async #mount(place: NodePlace, entry: NodeEntry, id: NodeId): Promise<void> {
    const failureDomain =
      place.failureDomain ?? this.#recordOf(place.name)?.domain ?? (await place.domainOf(id));
    await this.nodes.mount({
      id,
      failureDomain,
      weight: 0,
      open: () => openNode(place.spec, { expectedId: id, failureDomain }),
    });
    this.#mounted.push({ place, entry, id, failureDomain });
  }

  /** One change after the other; what follows from it is told when it is done. */
  #change(change: () => Promise<void>): Promise<void> {
    const changed = this.#changeAfter(this.#changing, change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  async #changeAfter(before: Promise<unknown>, change: () => Promise<void>): Promise<void> {
    await before;
    await change();
    await this.#weigh();
    for (const listener of this.#listeners) listener();
  }

  async #write(nodes: readonly RegisteredNode[], policy = this.#file.policy): Promise<void> {
    const file: NodeFile = { ...(policy && { policy }), nodes };
    await writeNodeFile(this.#data, file);
    this.#file = file;
  }

  async #weigh(): Promise<void> {
    const sizes = new Map<NodeId, number>();
    await Promise.all(
      this.nodes.reachable().map(async (node) => {
        const space = await node.free().catch(() => undefined);
        if (space) sizes.set(node.id, space.totalBytes);
      }),
    );
    const isNews = this.#file.nodes.some(({ id, totalBytes }) => differs(sizes.get(id), totalBytes));
    if (isNews) {
      await this.#write(
        this.#file.nodes.map((node) => {
          const totalBytes = sizes.get(node.id);
          return totalBytes === undefined ? node : { ...node, totalBytes };
        }),
      );
    }
    const weights = nodeWeights(
      this.#mounted.map(({ entry, place }) => {
        const record = this.#recordOf(place.name);
        const { totalBytes } = record ?? {};
        return { weight: entry.weight ?? record?.weight, totalBytes, draining: record?.use === 'draining' };
      }),
    );
    for (const [at, { id }] of this.#mounted.entries()) this.nodes.weigh(id, weights[at] ?? 0);
  }
}

/** As `clef vault node add` takes it, and CLEF_NODES. `config-invalid` for anything but one place. */
export function parseEntry(text: string): NodeEntry {
  const [entry, second] = parseSetting('nodes', text, 'the place');
  if (entry && !second) return entry;
  throw new ClefError('config-invalid', 'the place: one folder or bucket at a time');
}

/** A few per cent, as file systems grow and shrink by themselves, are no reason to move anything. */
const NOTABLE_SHARE = 0.05;

function differs(nowBytes: number | undefined, beforeBytes: number | undefined): boolean {
  if (nowBytes === undefined) return false;
  return beforeBytes === undefined || Math.abs(nowBytes / beforeBytes - 1) > NOTABLE_SHARE;
}
