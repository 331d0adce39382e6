import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { listenForControl } from '../control/server.ts';
import { controlSocketOf, lockFolder } from '../data-folder.ts';
import { plural } from '../terminal/format.ts';
import type { Shell } from '../shell.ts';
import { Cluster } from './cluster.ts';
import { commandCluster } from './control.ts';
import { ClusterLayout } from './layout.ts';
import { missingForBucket } from './packages.ts';
import { openScreen } from './screen.ts';
import { StateHistory } from './state-history.ts';
import { drawCluster, eventLine } from './view.ts';

const LOOK_EVERY_MS = 2_000;
const DRAW_EVERY_MS = 1_000;
const MOST_EVENTS = 100;
const HINT = 'clef cluster kill NAME, clef cluster start NAME in another terminal; Ctrl-C stops it all';

export interface UpOptions {
  /** Absolute. */
  readonly folder: string;
  readonly music: string | undefined;
  readonly listen: string;
}

/** Runs a cluster until it is told to stop, and shows it. */
export async function up(shell: Shell, { folder, music, listen }: UpOptions): Promise<void> {
  const { terminal, signal, now } = shell;
  const missing = await missingForBucket(process.env.PATH);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  using _lock = lockFolder(
    folder,
    'a cluster runs in this folder already; stop it, or name another with --data',
  );
  if (missing.length > 0)
    terminal.say(`Ceph is not installed (${missing.join(', ')}): node-6 is a folder, in place of a bucket.`);
  terminal.say(`Preparing a cluster in ${folder}; the first time takes a minute or two.`);
  const layout = await ClusterLayout.open(join(folder, 'layout.json'));
  const baseUrl = `https://localhost:${listen.slice(listen.lastIndexOf(':') + 1)}`;
  const hasCeph = missing.length === 0;
  const cluster = await Cluster.open({ folder, layout, music, listen, baseUrl, hasCeph, now });
  const passwordFile = join(folder, 'admin-password');
  await writeFile(passwordFile, `${layout.secret('admin')}\n`, { mode: 0o600 });
  const left = await cluster.clear();
  if (left > 0)
    terminal.say(`An earlier run was killed and left ${plural(left, 'process', 'processes')}: ended.`);

  let report = 'Nothing was started.';
  try {
    await using stack = new AsyncDisposableStack();
    const display = stack.use(
      new Display(shell, cluster, `${baseUrl}  user admin, password in ${passwordFile}`),
    );
    stack.defer(async () => {
      display.step('stopping');
      const forced = await cluster.stop();
      const notAsked =
        forced.length > 0 ? ` ${forced.join(', ')} did not end when asked, and had to be killed.` : '';
      report = `Everything is stopped.${notAsked} The data is in ${folder}; \`clef cluster up\` goes on with it.`;
    });
    stack.use(
      await listenForControl(
        controlSocketOf(folder),
        commandCluster(cluster, (text) => display.event(text), signal),
      ),
    );
    await cluster.start(signal, (says) => display.step(says));
    display.step(undefined);
    await wait(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
  } finally {
    terminal.say(report);
  }
}

/** Looks at the parts, draws them on a terminal, and prints what happens elsewhere. */
export class Display implements AsyncDisposable {
  readonly #shell: Shell;
  readonly #cluster: Cluster;
  readonly #door: string;
  readonly #screen = openScreen(process.stdout);
  readonly #history: StateHistory;
  readonly #events: string[] = [];
  readonly #ended = new AbortController();
  readonly #looking: Promise<void>;
  #step: string | undefined;

  constructor(shell: Shell, cluster: Cluster, door: string) {
    this.#shell = shell;
    this.#cluster = cluster;
    this.#door = door;
    this.#history = new StateHistory(cluster.parts, shell.now);
    this.#looking = this.#look();
  }

  /** Undefined once there is nothing left to do. */
  step(says: string | undefined): void {
    this.#step = says;
    this.event(says ?? `ready: ${this.#door}`);
  }

  event(text: string): void {
    const line = eventLine(this.#shell.now(), text);
    this.#events.push(line);
    this.#events.splice(0, this.#events.length - MOST_EVENTS);
    if (this.#screen.height === undefined) this.#shell.terminal.print(line);
    this.#draw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#looking;
    this.#screen[Symbol.dispose]();
  }

  async #look(): Promise<void> {
    const { signal } = this.#ended;
    let lookedAtMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      if (performance.now() - lookedAtMs >= LOOK_EVERY_MS) {
        await this.#cluster.look();
        lookedAtMs = performance.now();
      }
      for (const { name, state } of this.#history.note()) this.event(`${name} is ${state}`);
      this.#draw();
      await wait(DRAW_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #draw(): void {
    const { height } = this.#screen;
    if (height === undefined) return;
    this.#screen.draw(
      drawCluster({
        parts: this.#history.parts,
        ...(this.#step !== undefined && { step: `${this.#step} …` }),
        door: this.#door,
        events: this.#events,
        hint: HINT,
        nowMs: this.#shell.now(),
        height,
      }),
    );
  }
}
