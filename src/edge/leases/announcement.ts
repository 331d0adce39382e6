import { type NatsAddress, NatsLine, parsed } from '../../nats/index.ts';
import { BEAT_MS, type Beat, beat, drainAsked } from './beat.ts';
import { leaseSubjects } from './subjects.ts';

export interface AnnouncementOptions {
  readonly address: NatsAddress;
  readonly libraryId: string;
  readonly self: Pick<Beat, 'name' | 'host' | 'port' | 'version' | 'processId'>;
  /** What it is doing now. */
  readonly doing: () => Pick<Beat, 'state' | 'streams' | 'sockets'>;
  /** Somebody asks this server to empty itself within a time. */
  readonly onDrainAsked: (withinMs: number) => void;
  /** Another process that runs has this server's name; told once. */
  readonly onNameTaken: () => void;
  readonly beatMs?: number;
}

/** Holds a server's lease: says that it is there until it is disposed of, and then that it is gone. */
export class Announcement implements AsyncDisposable {
  readonly #options: AnnouncementOptions;
  readonly #ended = new AbortController();
  readonly #line: Promise<NatsLine | undefined>;
  #open: NatsLine | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isNameTaken = false;

  /** Needs no NATS to begin with: the server serves without it, and is announced once it is there. */
  constructor(options: AnnouncementOptions) {
    const { address } = options;
    this.#options = options;
    this.#line = NatsLine.open({ address, signal: this.#ended.signal, onBack: () => this.tell() });
    void this.#line.then((line) => line && this.#begin(line));
  }

  /** Says at once what has changed. */
  tell(): void {
    this.#say(this.#options.doing());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    const line = await this.#line;
    clearInterval(this.#timer);
    // Where NATS is away its lease ends by itself.
    this.#say({ ...this.#options.doing(), state: 'gone' });
    await line?.[Symbol.asyncDispose]();
  }

  #begin(line: NatsLine): void {
    const { libraryId, self, onDrainAsked, beatMs = BEAT_MS } = this.#options;
    const subjects = leaseSubjects(libraryId);
    this.#open = line;
    line.connection.subscribe(subjects.who, {
      callback: (error) => {
        if (!error) this.tell();
      },
    });
    line.connection.subscribe(subjects.drain(self.name), {
      callback: (error, message) => {
        const asked = error ? undefined : parsed(drainAsked, message);
        if (!asked) return;
        message.respond();
        onDrainAsked(asked.withinMs);
      },
    });
    line.connection.subscribe(subjects.beats, {
      callback: (error, message) => {
        const heard = error ? undefined : parsed(beat, message);
        if (heard) this.#hear(heard);
      },
    });
    this.#timer = setInterval(() => this.tell(), beatMs);
    this.tell();
  }

  #hear({ name, processId, state }: Beat): void {
    const { self, onNameTaken } = this.#options;
    const isOther = name === self.name && processId !== self.processId && state !== 'gone';
    if (!isOther || this.#isNameTaken) return;
    this.#isNameTaken = true;
    onNameTaken();
  }

  #say(doing: Pick<Beat, 'state' | 'streams' | 'sockets'>): void {
    const { libraryId, self } = this.#options;
    this.#open?.say(leaseSubjects(libraryId).beats, { ...self, ...doing } satisfies Beat);
  }
}
