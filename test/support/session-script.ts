import {
  type Action,
  type Command,
  emptyState,
  fold,
  type LogRecord,
  type NewOutput,
  type Outcome,
  type PlaybackState,
} from '../../src/playback/session/index.ts';

export const KITCHEN = 'kitchen---------';
export const PHONE = 'phone-----------';
export const LIVING = 'living----------';

export function outputOf(outputId: string, change: Partial<NewOutput> = {}): NewOutput {
  return {
    outputId,
    name: outputId,
    kind: 'page',
    volume: 1,
    muted: false,
    delayMs: 0,
    leadMs: 100,
    ...change,
  };
}

export interface SendOptions {
  readonly by?: string;
  readonly only?: Command['only'];
  /** Sent again under an id that was used before. */
  readonly cmdId?: string;
}

/** A session whose log is written line by line, at times that the test sets. */
export class SessionScript {
  state: PlaybackState = emptyState('Test');
  readonly records: LogRecord[] = [];
  clockId = 'clock-1';
  #atMs: number;
  readonly #numbers = new Map<string, number>();

  constructor(atMs = 1_000_000) {
    this.#atMs = atMs;
  }

  get atMs(): number {
    return this.#atMs;
  }

  wait(ms: number): this {
    this.#atMs += ms;
    return this;
  }

  /** What became of it: `applied`, or why not. */
  send(action: Action, { by = PHONE, only, cmdId = this.#nextId(by) }: SendOptions = {}): string {
    const command: Command = { cmdId, action, ...(only && { only }) };
    const seq = (this.records.at(-1)?.seq ?? 0) + 1;
    const record = { seq, atMs: this.#atMs, clockId: this.clockId, by, command };
    this.records.push(record);
    const { state, outcome } = fold(this.state, record);
    this.state = state;
    return nameOf(outcome);
  }

  /** A phone that plays tracks of the given lengths in seconds. */
  static playing(...seconds: readonly number[]): SessionScript {
    const script = new SessionScript();
    script.send({ type: 'output.add', output: outputOf(PHONE) });
    script.send(queueOf(seconds));
    return script;
  }

  #nextId(by: string): string {
    const number = (this.#numbers.get(by) ?? 0) + 1;
    this.#numbers.set(by, number);
    return `${by}.${number}`;
  }
}

function nameOf(outcome: Outcome): string {
  return outcome.kind === 'applied' ? 'applied' : outcome.reason;
}

/** Tracks `tr-0`, `tr-1`, … of the given lengths in seconds, played from the first. */
export function queueOf(seconds: readonly number[]): Extract<Action, { type: 'queue.replace' }> {
  const items = seconds.map((length, index) => ({ trackId: `tr-${index}`, durationMs: length * 1_000 }));
  return { type: 'queue.replace', items, startIndex: 0, positionMs: 0, play: true };
}
