import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'vite';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EngineTrack } from './engine-music.ts';
import { sharedFolder } from './shared-by-run.ts';

const CHUNK_BYTES = 65_536;
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' };

let built: Promise<string> | undefined;

/** The folder of the test's page as Vite builds it: once in this process, with which it goes. */
export function builtEnginePage(): Promise<string> {
  return (built ??= buildEnginePage());
}

async function buildEnginePage(): Promise<string> {
  const folder = sharedFolder('engine-page');
  const root = join(import.meta.dirname, 'engine-page');
  await build({
    configFile: false,
    root,
    base: './',
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, target: 'esnext', modulePreload: false },
  });
  return folder;
}

export class EngineServer implements AsyncDisposable {
  /** Added to every answer of a track. */
  delayMs = 0;
  readonly tracks = new Map<string, EngineTrack>();
  readonly samples = new Map<string, Float32Array>();
  readonly #folder: string;
  #isCut = false;
  #server = this.#create();
  readonly #clock = new WebSocketServer({ noServer: true });
  #port = 0;
  #isolated = true;

  constructor(folder: string, { isolated = true }: { readonly isolated?: boolean } = {}) {
    this.#folder = folder;
    this.#isolated = isolated;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Every connection ends, and every new one ends without an answer, until `mend`. */
  cut(): void {
    this.#isCut = true;
    this.#server.closeAllConnections();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Gone, and on the same port again. */
  async restart(downMs: number): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await delay(downMs);
    this.#server = this.#create();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #create(): Server {
    const server = createServer((request, response) => void this.#answer(request, response));
    return server.on('upgrade', (request, socket, head) =>
      this.#clock.handleUpgrade(request, socket, head, (line) => answerTime(line)),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isCut) {
      request.socket.destroy();
      return;
    }
    const { pathname } = new URL(request.url ?? '/', this.url);
    const [, kind = '', id = '', what = '', index = '0'] = pathname.split('/');
    if (kind === 'tracks' || kind === 'samples') {
      if (kind === 'tracks') await delay(this.delayMs);
      const bytes = kind === 'samples' ? bytesOf(this.samples.get(id)) : this.#part(id, what, Number(index));
      response.statusCode = bytes ? 200 : 404;
      response.end(bytes);
      return;
    }
    await this.#file(pathname === '/' ? '/index.html' : pathname, response);
  }

  #part(id: string, what: string, index: number): Uint8Array | undefined {
    const track = this.tracks.get(id);
    if (what === 'open' && track) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(track.table.length);
      return Buffer.concat([length, track.table, track.bytes.subarray(0, CHUNK_BYTES)]);
    }
    return track?.bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
  }

  async #file(pathname: string, response: ServerResponse): Promise<void> {
    const type = TYPES[/\.\w+$/.exec(pathname)?.[0] ?? ''];
    const bytes = type && (await readFile(join(this.#folder, pathname)).catch(() => undefined));
    response.statusCode = bytes ? 200 : 404;
    response.setHeader('content-type', type ?? 'text/plain');
    response.setHeader('content-security-policy', "default-src 'self'; media-src blob:");
    if (this.#isolated) {
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
    }
    response.end(bytes);
  }
}

/** Who asks what time it is sends a number, which comes back with the answer. */
function answerTime(line: WebSocket): void {
  line.on('message', (id: Buffer) => line.send(`${id.toString()} ${performance.now()}`));
}

function bytesOf(samples: Float32Array | undefined): Uint8Array | undefined {
  return samples && new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
