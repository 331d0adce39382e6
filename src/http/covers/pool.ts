import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Bytes, ClefError } from '../../core/index.ts';
import type { Picture, PictureRenderer } from './renderer.ts';
import { EXIT_TOO_MUCH_MEMORY, type PictureAnswer, type PictureJob } from './worker-protocol.ts';

const MAX_WORKERS = Math.max(1, Math.min(4, availableParallelism() - 1));
const MAX_QUEUED_JOBS = 256;
const JOB_TIMEOUT_MS = 10_000;
/** A worker takes some 60 MB, so that one without work is not kept. */
const IDLE_WORKER_MS = 30_000;
const WORKER_HEAP_MIB = 64;

const workerProgram = fileURLToPath(new URL('./worker.ts', import.meta.url));
const projectFolder = fileURLToPath(new URL('../../../', import.meta.url));

interface Task {
  readonly job: PictureJob;
  readonly resolve: (picture: Picture) => void;
  readonly reject: (error: ClefError) => void;
}

interface Worker {
  readonly child: ChildProcess;
  task: Task | undefined;
  /** The job's deadline while there is one, else the end of idleness. */
  timer: NodeJS.Timeout | undefined;
}

/** Picture work in child processes that start with the first job and end when there is none for a while. */
export class PictureWorkerPool implements PictureRenderer {
  readonly #workers = new Set<Worker>();
  readonly #queue: Task[] = [];
  #closed = false;

  resize(source: Bytes, sizePixels: number): Promise<Picture> {
    return this.#run({ kind: 'resize', source, sizePixels });
  }

  draw(svg: string, sizePixels: number): Promise<Picture> {
    return this.#run({ kind: 'draw', svg, sizePixels });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const task of this.#queue.splice(0)) task.reject(closing());
    await Promise.all(Array.from(this.#workers, (worker) => ended(worker.child)));
  }

  #run(job: PictureJob): Promise<Picture> {
    if (this.#closed) return Promise.reject(closing());
    if (this.#queue.length >= MAX_QUEUED_JOBS) {
      return Promise.reject(
        new ClefError('not-ready', `${MAX_QUEUED_JOBS} pictures wait to be drawn already; try again`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#assign();
    });
  }

  #assign(): void {
    while (this.#queue.length > 0) {
      const worker = this.#freeWorker();
      const task = worker && this.#queue.shift();
      if (!worker || !task) return;
      worker.task = task;
      this.#setTimer(worker, JOB_TIMEOUT_MS, () => {
        this.#finish(worker)?.reject(tooCostly('took too long to decode'));
        this.#drop(worker);
      });
      worker.child.send(task.job, (error) => {
        if (error) this.#drop(worker);
      });
    }
  }

  #freeWorker(): Worker | undefined {
    for (const worker of this.#workers) if (!worker.task) return worker;
    return this.#workers.size < MAX_WORKERS ? this.#start() : undefined;
  }

  #start(): Worker {
    const child = fork(workerProgram, {
      // The permission model denies writing, other programs and the network to JavaScript; what a decoder
      // could be tricked into is bounded by the process, its deadline and its memory.
      execArgv: [
        '--permission',
        `--allow-fs-read=${projectFolder}`,
        '--allow-addons',
        `--max-old-space-size=${WORKER_HEAP_MIB}`,
        '--disable-warning=SecurityWarning',
      ],
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const worker: Worker = { child, task: undefined, timer: undefined };
    this.#workers.add(worker);
    child.on('message', (answer: PictureAnswer) => this.#onAnswer(worker, answer));
    child.on('error', () => this.#drop(worker));
    child.on('exit', (code) => {
      this.#drop(worker, code === EXIT_TOO_MUCH_MEMORY ? tooCostly('needs too much memory') : undefined);
    });
    return worker;
  }

  #onAnswer(worker: Worker, answer: PictureAnswer): void {
    const task = this.#finish(worker);
    this.#setTimer(worker, IDLE_WORKER_MS, () => this.#drop(worker));
    if (answer.kind === 'picture') task?.resolve(answer.picture);
    else
      task?.reject(
        new ClefError('media-unreadable', 'a picture cannot be decoded', { cause: answer.reason }),
      );
    this.#assign();
  }

  #finish(worker: Worker): Task | undefined {
    const { task } = worker;
    clearTimeout(worker.timer);
    worker.task = undefined;
    return task;
  }

  #drop(worker: Worker, error?: ClefError): void {
    this.#finish(worker)?.reject(
      error ?? new ClefError('media-unreadable', 'a picture ended the program that decoded it'),
    );
    if (!this.#workers.delete(worker)) return;
    worker.child.kill('SIGKILL');
    if (!this.#closed) this.#assign();
  }

  #setTimer(worker: Worker, afterMs: number, action: () => void): void {
    clearTimeout(worker.timer);
    worker.timer = setTimeout(action, afterMs).unref();
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function closing(): ClefError {
  return new ClefError('not-ready', 'the server is shutting down');
}

function tooCostly(why: string): ClefError {
  return new ClefError('media-too-costly', `a picture ${why}`);
}
