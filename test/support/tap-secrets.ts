import crypto from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { noteFields, noteJson, noteQuery, noteSecret } from './noted-secrets.ts';

// Preloaded (`node --import`) into processes whose logs are searched: notes keys that are used, and what requests and
// their answers carry.

const MAX_BODY_BYTES = 2 ** 20;

tapWebCrypto();
tapNodeCrypto();
tapServers();
noteSettings();

type Method = (this: unknown, ...args: unknown[]) => unknown;

function wrap(target: object, name: string, wrapped: (original: Method) => Method): void {
  const methods = target as Record<string, Method | undefined>;
  const original = methods[name];
  if (!original) throw new Error(`there is no ${name} to tap`);
  methods[name] = wrapped(original);
}

function tapWebCrypto(): void {
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as object;
  wrap(
    subtle,
    'importKey',
    (original) =>
      async function importKey(...args) {
        const key = (await original.apply(this, args)) as CryptoKey;
        if (key.type !== 'public') noteMaterial(args[1]);
        return key;
      },
  );
  wrap(
    subtle,
    'exportKey',
    (original) =>
      async function exportKey(format, key) {
        const exported = await original.call(this, format, key);
        if ((key as CryptoKey).type !== 'public') noteMaterial(exported);
        return exported;
      },
  );
  wrap(
    subtle,
    'deriveBits',
    (original) =>
      async function deriveBits(...args) {
        const bits = await original.apply(this, args);
        noteMaterial(bits);
        return bits;
      },
  );
}

function tapNodeCrypto(): void {
  const keyAt = { createHmac: 1, createSecretKey: 0 };
  for (const [name, at] of Object.entries(keyAt)) {
    wrap(
      crypto,
      name,
      (original) =>
        function create(...args) {
          noteMaterial(args[at]);
          return original.apply(this, args);
        },
    );
  }
  syncBuiltinESMExports();
}

const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const;

/** Bytes, text, or a JSON Web Key; what is in a key object was bytes before. */
function noteMaterial(material: unknown): void {
  if (typeof material === 'string' || material instanceof Uint8Array) noteSecret('key', material);
  else if (material instanceof ArrayBuffer) noteSecret('key', new Uint8Array(material));
  else if (typeof material === 'object' && material !== null && 'kty' in material) {
    for (const part of PRIVATE_PARTS) {
      const value = (material as JsonWebKey)[part];
      if (value !== undefined) noteSecret('key', Buffer.from(value, 'base64url'));
    }
  }
}

function tapServers(): void {
  for (const { Server } of [http, https]) {
    wrap(
      Server.prototype,
      'emit',
      (original) =>
        function emit(...args) {
          const [event, request, response] = args;
          const isAnswered = event === 'request' || event === 'checkContinue';
          if (isAnswered || event === 'upgrade') tapRequest(request as IncomingMessage);
          if (isAnswered) tapAnswer(response as ServerResponse);
          return original.apply(this, args);
        },
    );
  }
}

/** Of what is secret in it wherever it goes. */
const SECRET_HEADERS = ['x-clef-ticket', 'x-clef-pieces'];
/** A protocol's own name is shorter. */
const LEAST_SOCKET_TICKET = 24;

function tapRequest(request: IncomingMessage): void {
  const { headers, url = '' } = request;
  noteCookie(headers.cookie);
  noteSecret('header', headers.authorization?.replace(/^\w+ /, '') ?? '');
  const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined)
    noteSecret(
      'header',
      Buffer.from(basic, 'base64')
        .toString()
        .replace(/^[^:]*:/, ''),
    );
  for (const protocol of headers['sec-websocket-protocol']?.split(/,\s*/) ?? [])
    if (protocol.length >= LEAST_SOCKET_TICKET) noteSecret('header', protocol);
  for (const name of SECRET_HEADERS) noteSecret('header', [headers[name] ?? ''].flat().join());
  noteQuery('query', url.split('?')[1] ?? '');
  const note = bodyReader(headers['content-type']);
  if (!note) return;
  const pieces = new Pieces();
  wrap(
    request,
    'push',
    (original) =>
      function push(piece, encoding) {
        if (piece === null) note('request', pieces.text());
        else pieces.add(piece);
        return original.call(this, piece, encoding);
      },
  );
}

function tapAnswer(response: ServerResponse): void {
  const pieces = new Pieces();
  let isJson = false;
  wrap(
    response,
    'writeHead',
    (original) =>
      function writeHead(...args) {
        const given = args.find((arg) => typeof arg === 'object' && arg !== null) ?? {};
        const headers = namedHeaders({ ...response.getHeaders(), ...given });
        for (const cookie of headers['set-cookie'] ?? []) noteCookie(cookie.split(';')[0]);
        for (const name of SECRET_HEADERS) noteSecret('header', headers[name]?.[0] ?? '');
        isJson = headers['content-type']?.[0]?.includes('json') ?? false;
        return original.apply(this, args);
      },
  );
  for (const name of ['write', 'end']) {
    wrap(
      response,
      name,
      (original) =>
        function send(...args) {
          pieces.add(args[0]);
          const sent = original.apply(this, args);
          if (name === 'end' && isJson) noteJson('answer', pieces.text());
          return sent;
        },
    );
  }
}

function namedHeaders(headers: Readonly<Record<string, unknown>>): Partial<Record<string, string[]>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const values = Array.isArray(value) ? (value as unknown[]) : [value];
      return [name.toLowerCase(), values.filter((each) => typeof each === 'string')];
    }),
  );
}

function noteCookie(text = ''): void {
  for (const pair of text.split(/;\s*/)) noteSecret('cookie', pair.slice(pair.indexOf('=') + 1));
}

function bodyReader(contentType = ''): typeof noteJson | undefined {
  if (contentType.includes('json')) return noteJson;
  return contentType.includes('form-urlencoded') ? noteQuery : undefined;
}

/** Of a body, as far as it is short. */
class Pieces {
  readonly #pieces: Buffer[] = [];
  #lengthBytes = 0;

  add(piece: unknown): void {
    if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) return;
    const bytes = Buffer.from(piece as Uint8Array);
    this.#lengthBytes += bytes.length;
    if (this.#lengthBytes <= MAX_BODY_BYTES) this.#pieces.push(bytes);
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString();
  }
}

/** Passwords, and what lies in the key files that settings name. */
function noteSettings(): void {
  for (const [name, value = ''] of Object.entries(process.env)) {
    if (!name.startsWith('CLEF_')) continue;
    if (/PASSWORD|PASSPHRASE|TOKEN|SECRET/.test(name)) noteSecret('setting', value);
    if (name.endsWith('_KEY') && existsSync(value)) noteKeyFile(value);
    else if (name.endsWith('_KEY')) noteSecret('setting', value);
    for (const [, path = ''] of value.matchAll(/[?&]key=([^&#,]+)/g)) noteKeyFile(decodeURIComponent(path));
    for (const [, password = ''] of value.matchAll(/:\/\/[^:/@,]+:([^@/,]+)@/g))
      noteSecret('setting', decodeURIComponent(password));
  }
}

function noteKeyFile(path: string): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  for (const [, name = '', value = ''] of text.matchAll(/^(\w+) = "(.+)"$/gm)) {
    if (name === 'secret_key') noteSecret('setting', value);
    else noteFields('setting', value, name);
  }
  if (!text.includes(' = ')) for (const line of text.split('\n')) noteSecret('setting', line);
}
