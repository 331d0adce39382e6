import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { S3Address } from '../../src/vault/nodes/s3.ts';

export interface OddRequest {
  readonly method: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface OddAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** `nothing`: the connection ends without an answer. `half`, `stalls`: the body ends, or stops, in its middle. */
  readonly sends?: 'nothing' | 'half' | 'stalls';
}

/**
 * A bucket on loopback that keeps its objects in memory, spells its XML as engines written in Go do, and can be made
 * to answer as no engine that is at hand does. It takes every signature.
 */
export class OddEngine implements AsyncDisposable {
  readonly objects = new Map<string, Buffer>();
  readonly seen: OddRequest[] = [];
  /** Called with each request; undefined leaves it to the engine itself, which `proper` is. */
  oddly: (request: OddRequest, proper: () => OddAnswer) => OddAnswer | undefined = () => undefined;
  readonly #uploads = new Map<string, Map<number, Buffer>>();
  readonly #tags = new Map<string, string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<OddEngine> {
    const engine = new OddEngine();
    engine.#server.listen(0, '127.0.0.1');
    await once(engine.#server, 'listening');
    return engine;
  }

  get address(): S3Address {
    const { port } = this.#server.address() as AddressInfo;
    return {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: 'odd',
      prefix: 'clef/',
      region: 'default',
      style: 'path',
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', 'http://localhost');
    const request: OddRequest = {
      method: incoming.method ?? '',
      key: url.pathname.split('/').slice(2).join('/'),
      query: url.searchParams,
      headers: incoming.headers,
      body: await buffer(incoming),
    };
    this.seen.push(request);
    const proper = () => this.#answerProperly(request);
    const { status, headers, body = '', sends } = this.oddly(request, proper) ?? proper();
    if (sends === 'nothing') {
      response.destroy();
      return;
    }
    const bytes = Buffer.from(body);
    response.writeHead(status, { 'content-length': bytes.length, ...headers });
    if (sends === undefined) {
      response.end(request.method === 'HEAD' ? undefined : bytes);
      return;
    }
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      if (sends === 'half') response.destroy();
    });
  }

  #answerProperly(request: OddRequest): OddAnswer {
    const { method, key, query, body } = request;
    const uploadId = query.get('uploadId') ?? '';
    if (query.has('uploads') && method === 'POST') return this.#begin();
    if (query.has('uploads'))
      return {
        status: 200,
        body: '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>',
      };
    if (uploadId && !this.#uploads.has(uploadId)) return errorAnswer(404, 'NoSuchUpload');
    if (uploadId && method === 'DELETE') {
      this.#uploads.delete(uploadId);
      return { status: 204 };
    }
    if (uploadId && method === 'POST') return this.#complete(request, uploadId);
    if (uploadId) {
      this.#uploads.get(uploadId)?.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: `"${md5(body)}"` } };
    }
    if (key === '') return this.#list(query.get('prefix') ?? '');
    if (method === 'PUT') return this.#put(request, body, md5(body));
    const object = this.objects.get(key);
    if (method === 'DELETE') {
      this.objects.delete(key);
      return { status: 204 };
    }
    return object ? this.#get(request, object) : errorAnswer(404, 'NoSuchKey');
  }

  #begin(): OddAnswer {
    const id = `upload-${this.seen.length}`;
    this.#uploads.set(id, new Map());
    return {
      status: 200,
      body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    };
  }

  #complete(request: OddRequest, uploadId: string): OddAnswer {
    const parts = [...(this.#uploads.get(uploadId) ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([, bytes]) => bytes);
    const tag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(md5(part), 'hex'))))}-${parts.length}`;
    const answer = this.#put(request, Buffer.concat(parts), tag);
    if (answer.status !== 200) return answer;
    this.#uploads.delete(uploadId);
    return { ...answer, body: '<CompleteMultipartUploadResult/>' };
  }

  #put({ key, headers }: OddRequest, bytes: Buffer, tag: string): OddAnswer {
    const there = this.#tags.get(key);
    const isRefused =
      (headers['if-none-match'] === '*' && this.objects.has(key)) ||
      (headers['if-match'] !== undefined && headers['if-match'] !== `"${there}"`);
    if (isRefused) return errorAnswer(412, 'PreconditionFailed');
    this.objects.set(key, bytes);
    this.#tags.set(key, tag);
    return { status: 200, headers: { etag: `"${tag}"` } };
  }

  #get({ key, headers }: OddRequest, object: Buffer): OddAnswer {
    const told = { etag: `"${this.#tags.get(key)}"`, 'last-modified': CHANGED.toUTCString() };
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    if (!range) return { status: 200, headers: told, body: object };
    const [from, last] = [Number(range[1]), Math.min(Number(range[2]), object.length - 1)];
    return {
      status: 206,
      headers: { ...told, 'content-range': `bytes ${from}-${last}/${object.length}` },
      body: object.subarray(from, last + 1),
    };
  }

  #list(prefix: string): OddAnswer {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix));
    return listAnswer(
      keys.map((key) => ({ key, bytes: this.objects.get(key)?.length ?? 0, tag: this.#tags.get(key) })),
    );
  }
}

/** A page of a listing; `more` are the elements that say whether others follow. */
export function listAnswer(
  objects: readonly { readonly key: string; readonly bytes?: number; readonly tag?: string | undefined }[],
  more = '<IsTruncated>false</IsTruncated>',
): OddAnswer {
  const contents = objects.map(
    ({ key, bytes = 0, tag = '' }) =>
      `<Contents><Key>${key}</Key><LastModified>${CHANGED.toISOString()}</LastModified>` +
      `<ETag>&#34;${tag}&#34;</ETag><Size>${bytes}</Size></Contents>`,
  );
  return { status: 200, body: `<ListBucketResult>${contents.join('')}${more}</ListBucketResult>` };
}

export function errorAnswer(status: number, code: string): OddAnswer {
  return { status, body: `<Error><Code>${code}</Code></Error>` };
}

const CHANGED = new Date('2026-01-01T00:00:00Z');

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
