import { ApiError, routes, type Upload } from '../../api/index.ts';
import { createStore, type Store } from '../data/store.ts';
import { FileChanged, sendFile, type SendParts } from './send-file.ts';
import { isSent, itemOf, type UploadItem } from './upload-item.ts';

/** Files on the way at once: enough to fill a line between one part and the next. */
const AT_ONCE = 3;
/** A page of thousands of files is drawn so often at most. */
const DRAWN_MS = 250;
/** Over which the pace is told. */
const PACE_MS = 5_000;

export interface UploadQueueParts extends SendParts {
  /** 32 hexadecimal digits. */
  readonly newId: () => string;
  readonly now: () => number;
}

export interface UploadQueue {
  readonly items: Store<readonly UploadItem[]>;
  /** Of what was acknowledged in the last seconds; undefined while nothing is sent. */
  bytesPerSecond(): number | undefined;
  /** A file that an unfinished upload waits for goes on with that; one that is under way is passed over. */
  add(files: readonly File[]): void;
  /** Shows what the server knows of: uploads of before a reload, and their ends. */
  restore(): Promise<void>;
  /** What the server tells by itself. */
  hear(upload: Upload): void;
  pause(id: string): void;
  /** Goes on with what was paused, or failed. */
  resume(id: string): void;
  cancel(id: string): void;
  /** Takes those that came to their end from the list. */
  clear(): void;
}

export function createUploadQueue(parts: UploadQueueParts): UploadQueue {
  const { call, newId, now } = parts;
  const items = createStore<readonly UploadItem[]>([]);
  const byId = new Map<string, UploadItem>();
  const files = new Map<string, File>();
  const running = new Map<string, AbortController>();
  let paces: { readonly atMs: number; readonly bytes: number }[] = [];
  let drawing: ReturnType<typeof setTimeout> | undefined;

  function draw(): void {
    drawing ??= setTimeout(() => {
      drawing = undefined;
      items.set([...byId.values()]);
    }, DRAWN_MS);
  }

  function drawNow(): void {
    clearTimeout(drawing);
    drawing = undefined;
    items.set([...byId.values()]);
  }

  function change(id: string, change: Partial<UploadItem>): void {
    const item = byId.get(id);
    if (!item) return;
    const { reason: _said, ...rest } = item;
    byId.set(id, { ...rest, ...change });
    draw();
  }

  function progress(id: string, { receivedBytes }: Upload): void {
    const before = byId.get(id)?.receivedBytes ?? receivedBytes;
    const atMs = now();
    paces = paces.filter((pace) => atMs - pace.atMs < PACE_MS);
    if (receivedBytes > before) paces.push({ atMs, bytes: receivedBytes - before });
    change(id, { state: 'sending', receivedBytes });
  }

  function fill(): void {
    for (const { id, state } of byId.values()) {
      if (running.size >= AT_ONCE) return;
      const file = files.get(id);
      if (state === 'waiting' && file && !running.has(id)) void send(id, file);
    }
  }

  async function send(id: string, file: File): Promise<void> {
    const stopping = new AbortController();
    running.set(id, stopping);
    change(id, { state: 'sending' });
    try {
      const upload = await sendFile(parts, {
        id,
        file,
        signal: stopping.signal,
        onProgress: (at) => progress(id, at),
        onHeldUp: (reason) => change(id, { state: 'held-up', ...(reason !== undefined && { reason }) }),
      });
      files.delete(id);
      hear(upload);
    } catch (error) {
      if (!stopping.signal.aborted) change(id, { state: 'failed', reason: reasonOf(error) });
    } finally {
      if (running.get(id) === stopping) running.delete(id);
      fill();
    }
  }

  function hear(upload: Upload): void {
    const known = byId.get(upload.id);
    if (!known || known.outcome) return;
    const { reason: _said, ...rest } = known;
    const { state, ...told } = itemOf(upload);
    byId.set(upload.id, { ...rest, ...told, state: state === 'needs-file' ? known.state : state });
    drawNow();
  }

  function stop(id: string): void {
    running.get(id)?.abort();
    running.delete(id);
  }

  /** The upload that this file is for, where one is open. */
  function openFor(file: File): UploadItem | undefined {
    const isOpen = ({ state }: UploadItem) => state !== 'done';
    return [...byId.values()].find(
      (item) =>
        isOpen(item) &&
        item.name === file.name.slice(-255) &&
        item.lengthBytes === file.size &&
        item.modifiedMs === file.lastModified,
    );
  }

  return {
    items,

    bytesPerSecond() {
      const atMs = now();
      const recent = paces.filter((pace) => atMs - pace.atMs < PACE_MS);
      if (recent.length === 0) return undefined;
      return (recent.reduce((sum, { bytes }) => sum + bytes, 0) * 1_000) / PACE_MS;
    },

    add(chosen) {
      for (const file of chosen) {
        const open = openFor(file);
        if (open && open.state !== 'needs-file') continue;
        const id = open?.id ?? newId();
        files.set(id, file);
        if (open) change(id, { state: 'waiting' });
        else
          byId.set(id, {
            id,
            name: file.name.slice(-255),
            lengthBytes: file.size,
            modifiedMs: file.lastModified,
            receivedBytes: 0,
            state: 'waiting',
          });
      }
      drawNow();
      fill();
    },

    async restore() {
      const { uploads } = await call(routes.uploads, {});
      for (const upload of uploads) {
        if (byId.has(upload.id)) hear(upload);
        else byId.set(upload.id, itemOf(upload));
      }
      drawNow();
    },

    hear,

    pause(id) {
      stop(id);
      change(id, { state: 'paused' });
      drawNow();
      fill();
    },

    resume(id) {
      change(id, { state: files.has(id) ? 'waiting' : 'needs-file' });
      drawNow();
      fill();
    },

    cancel(id) {
      stop(id);
      files.delete(id);
      byId.delete(id);
      drawNow();
      fill();
      // Where nobody answers, the server forgets it by itself.
      call(routes.removeUpload, { params: { id } }).catch(() => undefined);
    },

    clear() {
      for (const { id, state } of byId.values()) {
        if (state !== 'done') continue;
        byId.delete(id);
        call(routes.removeUpload, { params: { id } }).catch(() => undefined);
      }
      drawNow();
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof FileChanged ? 'file-changed' : String(error);
}

/** How far all of them are together. */
export function totalOf(items: readonly UploadItem[]): { readonly done: number; readonly leftBytes: number } {
  const left = items.filter((item) => !isSent(item) && item.state !== 'failed');
  return {
    done: items.filter(({ state }) => state === 'done').length,
    leftBytes: left.reduce((sum, { lengthBytes, receivedBytes }) => sum + lengthBytes - receivedBytes, 0),
  };
}
