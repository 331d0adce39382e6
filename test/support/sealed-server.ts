import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, CompactEncrypt, type JWK } from 'jose';
import { API_PATH, type PlayLocation, type ReadyToPlay } from '../../src/api/index.ts';
import { type Bytes, concatBytes, toBase64Url, utf8 } from '../../src/core/index.ts';
import { chunkCount, CHUNK_BYTES, parseAssetHeader } from '../../src/crypto/index.ts';
import { encodePacketTable } from '../../src/playback/index.ts';
import type { WrittenAsset } from '../../src/vault/index.ts';
import { packetsOf } from './packet-tables.ts';
import { createTestVault, memoryNodes, patternBytes, writeBytes } from './vault.ts';

export interface SealedRequest {
  readonly route: 'play' | 'column' | 'verified';
  /** Of the column, or the chunk. */
  readonly number: number;
  readonly startBytes: number;
  readonly endBytes: number;
}

/** What becomes of a request: a status, changed bytes, an answer that never comes, one that is cut in its middle. */
export type Mishap = number | 'corrupt' | 'silent' | 'cut' | 'preparing';

export interface SealedServer extends AsyncDisposable {
  readonly url: string;
  readonly trackId: string;
  readonly bytes: Bytes;
  readonly chunkCount: number;
  readonly requests: readonly SealedRequest[];
  /** Asked with each request; undefined lets it be. */
  mishap: (request: SealedRequest) => Mishap | undefined;
  /** From now on the tickets that were given out are refused. */
  expireTickets(): void;
  ticketLifetimeMs: number;
  /** Answers its thumbprint, under which it gets keys from now on. */
  addDevice(publicJwk: JsonWebKey): Promise<string>;
  revokeDevice(thumbprint: string): void;
  /** Changes an answer on its way. */
  alter: (answer: ReadyToPlay) => ReadyToPlay;
  /** Changes what the protected header of the keys says. */
  alterHeader: (header: Record<string, unknown>) => Record<string, unknown>;
}

export interface SealedServerOptions {
  readonly lengthBytes: number;
  readonly policy?: { readonly k: number; readonly m: number };
  /** Other paths, as of a page; `POST /devices` registers the key in its body. */
  readonly files?: ReadonlyMap<string, { readonly type: string; readonly body: string | Uint8Array }>;
}

/** One really sealed track behind the three addresses that playing takes, on loopback. */
export async function serveSealed(options: SealedServerOptions): Promise<SealedServer> {
  const { lengthBytes, policy = { k: 2, m: 1 }, files = new Map() } = options;
  const { vault } = await createTestVault(memoryNodes(policy.k + policy.m), { policy });
  const bytes = patternBytes(lengthBytes);
  const audio = await writeBytes(vault, bytes);
  const tableBytes = encodePacketTable({
    codec: 'flac',
    codecString: 'flac',
    description: new Uint8Array(42),
    sampleRateHz: 44_100,
    channelCount: 2,
    trimStartSamples: 0,
    sampleCount: 4_096,
    prerollPackets: 0,
    packets: packetsOf([
      { samples: 4_096, spans: [{ gapBytes: 0, lengthBytes: Math.min(lengthBytes, 9_000) }] },
    ]),
  });
  const table = await writeBytes(vault, tableBytes);
  const devices = new Map<string, JWK>();
  let tickets = new Set<string>();
  let ticketNumber = 0;
  const requests: SealedRequest[] = [];

  async function sealedChunks(asset: WrittenAsset): Promise<Bytes> {
    const count = chunkCount(parseAssetHeader(asset.header).paddedLengthBytes);
    const chunks = Array.from({ length: count }, (_, chunk) =>
      vault.sealedChunk(asset, asset.trackKey, chunk),
    );
    return concatBytes(...(await Promise.all(chunks)));
  }

  async function answerPlay(thumbprint: string, publicJwk: JWK): Promise<ReadyToPlay> {
    const ticket = `ticket-${ticketNumber++}`;
    tickets.add(ticket);
    const issuedAtSeconds = Math.floor(Date.now() / 1_000);
    const header = {
      library: audio.libraryId,
      asset: audio.assetId,
      device: thumbprint,
      iat: issuedAtSeconds,
    };
    const keys = { audio: toBase64Url(audio.trackKey), table: toBase64Url(table.trackKey) };
    return server.alter({
      kind: 'ready',
      trackId: TRACK_ID,
      audio: locationOf(audio),
      keys: await new CompactEncrypt(utf8(JSON.stringify(keys)))
        .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', ...server.alterHeader(header) })
        .encrypt(publicJwk),
      table: { location: locationOf(table), sealed: toBase64Url(await sealedChunks(table)) },
      firstChunk: toBase64Url(await vault.sealedChunk(audio, audio.trackKey, 0)),
      ticket,
      ticketExpiresAtMs: issuedAtSeconds * 1_000 + server.ticketLifetimeMs,
    });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const file = files.get(path);
    if (file) return void response.setHeader('content-type', file.type).end(file.body);
    if (path === '/devices') {
      return void response.end(await server.addDevice(JSON.parse(await textOf(request)) as JsonWebKey));
    }
    const asked = parse(request);
    if (!asked) return fail(response, 404);
    requests.push(asked);
    const mishap = server.mishap(asked);
    if (mishap === 'silent') return;
    if (typeof mishap === 'number') return fail(response, mishap);
    if (asked.route === 'play') {
      const question = JSON.parse(await textOf(request)) as { deviceId: string; trackId: string };
      const publicJwk = devices.get(question.deviceId);
      if (!publicJwk) return fail(response, 403);
      if (question.trackId !== TRACK_ID) return fail(response, 404);
      const said =
        mishap === 'preparing'
          ? { kind: 'preparing', retryAfterMs: 10 }
          : await answerPlay(question.deviceId, publicJwk);
      return void response.setHeader('content-type', 'application/json').end(JSON.stringify(said));
    }
    if (!tickets.has(String(request.headers.authorization).replace(/^Ticket /, '')))
      return fail(response, 401);
    const body = await sealedBytes(asked);
    if (mishap === 'corrupt') body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
    response.writeHead(asked.route === 'column' ? 206 : 200, { 'content-length': body.length });
    if (mishap !== 'cut') return void response.end(body);
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  }

  async function sealedBytes({ route, number, startBytes, endBytes }: SealedRequest): Promise<Bytes> {
    if (route === 'verified') return (await vault.sealedChunk(audio, audio.trackKey, number)).slice();
    return concatBytes(...(await Array.fromAsync(vault.readColumn(audio, number, { startBytes, endBytes }))));
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));

  const server: SealedServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    trackId: TRACK_ID,
    bytes,
    chunkCount: Math.ceil(lengthBytes / CHUNK_BYTES),
    requests,
    mishap: () => undefined,
    expireTickets: () => {
      tickets = new Set();
    },
    ticketLifetimeMs: 600_000,
    async addDevice({ kty, crv, x, y }) {
      const jwk = { kty, crv, x, y } as JWK;
      const thumbprint = await calculateJwkThumbprint(jwk);
      devices.set(thumbprint, jwk);
      return thumbprint;
    },
    revokeDevice: (thumbprint) => devices.delete(thumbprint),
    alter: (said) => said,
    alterHeader: (header) => header,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}

const TRACK_ID = 'tr-1';

function locationOf(asset: WrittenAsset): PlayLocation {
  const { libraryId, assetId, layoutId, policy, header, lengthBytes } = asset;
  return { libraryId, assetId, layoutId, ...policy, header: toBase64Url(header), lengthBytes };
}

function parse({ method, url = '', headers }: IncomingMessage): SealedRequest | undefined {
  const none = { number: 0, startBytes: 0, endBytes: 0 };
  if (method === 'POST' && url === `${API_PATH}/play`) return { route: 'play', ...none };
  const verified = /^\/v\/v1\/\w+\/(\d+)$/.exec(url);
  if (verified) return { route: 'verified', ...none, number: Number(verified[1]) };
  const column = /^\/c\/v1\/\w+\/\w+\/(\d+)$/.exec(url);
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
  if (!column || !range) return undefined;
  return {
    route: 'column',
    number: Number(column[1]),
    startBytes: Number(range[1]),
    endBytes: Number(range[2]) + 1,
  };
}

function fail(response: ServerResponse, status: number): void {
  const problem = { code: 'internal', title: 'refused', status, retryable: status === 503 };
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += String(piece);
  return text;
}
