import { type Bytes, ClefError, type NodeId } from '../core/index.ts';
import { columnObjectName, type LayoutName } from './column-object.ts';
import type { ColumnPlaces } from './column-places.ts';
import { type DamageDesk, damageReasonOf } from './damage.ts';
import { firstFound } from './first-found.ts';
import type { NodeSet } from './node-set.ts';
import type { StorageNode } from './nodes/port.ts';
import { ReadGate } from './read-gate.ts';
import type { Span } from './read-plan.ts';
import { ReadTimes } from './read-times.ts';

export interface FoundSpan {
  readonly bytes: Bytes;
  readonly nodeId: NodeId;
}

export interface ColumnSourceOptions {
  readonly nodes: NodeSet;
  readonly desk: DamageDesk;
  readonly now: () => number;
  /** All known nodes, best place for a layout's columns first. */
  readonly rank: (name: LayoutName) => readonly NodeId[];
  readonly readsPerNode: number;
  /** How long a node may take before another, or parity, is tried. */
  readonly patienceMs: number;
}

export interface FindOptions {
  /** Ends every wait; what was started is cancelled by it too. */
  readonly signal: AbortSignal;
  /**
   * Nobody else has the bytes: ask resting nodes as well, wait longer, forget what was said to be lost. Without a
   * word that is so for columns without parity, since nothing else can be tried.
   */
  readonly insist?: boolean | undefined;
  /** Gave wrong bytes before. */
  readonly except?: ReadonlySet<NodeId>;
}

/** A disk may have to spin up; where nothing else has the bytes it is waited for. */
const INSIST_PATIENCE_FACTOR = 15;
/** Of a node that was late or away just now, where there is parity: whoever listens is told soon. */
const AWAY_PATIENCE_FACTOR = 0.35;
/** How long a lost column is read through parity before its nodes are asked again. */
const LOST_MS = 10_000;

/** Reads spans of columns from whichever node has them. */
export class ColumnSource {
  readonly #options: ColumnSourceOptions;
  readonly #gates = new Map<NodeId, ReadGate>();
  readonly #times: ReadTimes;

  constructor(options: ColumnSourceOptions) {
    this.#options = options;
    this.#times = new ReadTimes(options.now);
  }

  /**
   * The span's bytes, unverified, or undefined where no node that answers has them.
   * Throws the signal's reason only; every other failure is reported as damage.
   */
  async find(places: ColumnPlaces, span: Span, options: FindOptions): Promise<FoundSpan | undefined> {
    const { now, desk } = this.#options;
    const { column } = span;
    const insist = options.insist ?? places.layout.policy.m === 0;
    if (!insist && this.#isLost(places, column)) return undefined;

    const absent: NodeId[] = [];
    const recorded = places.nodeIds[column];
    const look = (node: StorageNode) => this.#look(node, places, span, insist, options, absent);
    for (const node of this.#candidates(places, column)) {
      const found = await look(node);
      if (found) return found;
    }
    if (insist) {
      // Together: whoever listens would wait for each that does not answer.
      const found = await firstFound(this.#resting(places).map(look));
      if (found) return found;
    }
    if (recorded === undefined || absent.includes(recorded)) {
      desk.report({ ...places.name, column, nodeId: recorded, reason: 'missing' });
    } else if (!this.#options.nodes.get(recorded)) {
      desk.report({ ...places.name, column, nodeId: recorded, reason: 'unreachable' });
    }
    places.lostUntilMs[column] = now() + LOST_MS;
    places.lostWithNode[column] = this.mayReturn(places, column);
    return undefined;
  }

  /** One node's; undefined, and told as damage, where it gives none. A node that has no such column is put down in `absent`. */
  async #look(
    node: StorageNode,
    places: ColumnPlaces,
    span: Span,
    insist: boolean,
    { signal, except }: FindOptions,
    absent: NodeId[],
  ): Promise<FoundSpan | undefined> {
    if (except?.has(node.id)) return undefined;
    const { column } = span;
    try {
      const name = places.objectNames[column] ?? columnObjectName(places.name, column);
      const bytes = await this.#read(node, name, span, this.#patienceMs(node, places, insist), signal);
      places.nodeIds[column] = node.id;
      places.lostUntilMs[column] = 0;
      return { bytes, nodeId: node.id };
    } catch (error) {
      signal.throwIfAborted();
      const reason = damageReasonOf(error);
      if (reason === 'unreachable') this.#options.nodes.rest(node.id, describe(error));
      if (reason === 'missing') absent.push(node.id);
      else this.#options.desk.report({ ...places.name, column, nodeId: node.id, reason });
      return undefined;
    }
  }

  #isLost(places: ColumnPlaces, column: number): boolean {
    if ((places.lostUntilMs[column] ?? 0) <= this.#options.now()) return false;
    return places.lostWithNode[column] !== true || this.mayReturn(places, column);
  }

  /** Its node does not answer, or nobody had it a moment ago. */
  isGone(places: ColumnPlaces, column: number): boolean {
    return this.mayReturn(places, column) || this.#isLost(places, column);
  }

  /** The node where a column is looked for first is much slower than the others. */
  isSlow({ nodeIds }: ColumnPlaces, column: number): boolean {
    const id = nodeIds[column];
    return id !== undefined && this.#times.isSlow(id);
  }

  /** Milliseconds after which a column's node is late. */
  lateAfterMs({ nodeIds }: ColumnPlaces, column: number): number {
    const id = nodeIds[column];
    return id === undefined ? 0 : this.#times.lateAfterMs(id);
  }

  /** True, once, where the budget allows to read a column's node although its bytes are got elsewhere. */
  mayReadTwice({ nodeIds }: ColumnPlaces, column: number): boolean {
    const id = nodeIds[column];
    return id === undefined || this.#times.spend(id);
  }

  /** As `mayReadTwice`; where it may be, the node counts as slow until it answers. */
  callLate(places: ColumnPlaces, column: number): boolean {
    const id = places.nodeIds[column];
    if (!this.mayReadTwice(places, column)) return false;
    if (id !== undefined) this.#times.callLate(id);
    return true;
  }

  /** True where a node that might have the column does not answer, so that the loss may pass. */
  mayReturn(places: ColumnPlaces, column: number): boolean {
    const recorded = places.nodeIds[column];
    return recorded !== undefined && this.#options.nodes.get(recorded) === undefined;
  }

  *#candidates(places: ColumnPlaces, column: number): Generator<StorageNode, void> {
    const { nodes, rank } = this.#options;
    const recorded = places.nodeIds[column];
    const first = recorded === undefined ? undefined : nodes.get(recorded);
    if (first) yield first;
    for (const id of rank(places.name)) {
      const node = nodes.get(id);
      if (node && node !== first) yield node;
    }
  }

  #resting({ name }: ColumnPlaces): StorageNode[] {
    const { nodes, rank } = this.#options;
    return rank(name).flatMap((id) => (nodes.get(id) ? [] : (nodes.getInNeed(id) ?? [])));
  }

  async #read(
    node: StorageNode,
    name: string,
    span: Span,
    patienceMs: number,
    signal: AbortSignal,
  ): Promise<Bytes> {
    const gate = this.#gateOf(node.id);
    await gate.enter(signal);
    const ended = this.#times.begin(node.id);
    let hasCome = false;
    const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
    const lengthBytes = span.endBytes - span.startBytes;
    const backlogMs = node.backlogMs?.(lengthBytes) ?? 0;
    const timer = setTimeout(() => {
      // The read itself is cancelled with its reader, by the signal.
      reject(new ClefError('node-offline', `node ${node.id} did not answer within ${patienceMs} ms`));
    }, patienceMs + backlogMs);
    node.read(name, span.startBytes, lengthBytes, { signal }).then(resolve, reject);
    try {
      const bytes = await promise;
      hasCome = true;
      return bytes;
    } finally {
      clearTimeout(timer);
      ended(hasCome);
      gate.leave();
    }
  }

  #patienceMs({ id }: StorageNode, { layout }: ColumnPlaces, insist: boolean): number {
    const { nodes, patienceMs } = this.#options;
    const isDoubtful = !nodes.isOnline(id) || this.#times.isLate(id);
    if (isDoubtful && layout.policy.m > 0) return patienceMs * AWAY_PATIENCE_FACTOR;
    return insist ? patienceMs * INSIST_PATIENCE_FACTOR : patienceMs;
  }

  #gateOf(id: NodeId): ReadGate {
    let gate = this.#gates.get(id);
    if (!gate) {
      gate = new ReadGate(this.#options.readsPerNode);
      this.#gates.set(id, gate);
    }
    return gate;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'it did not answer';
}
