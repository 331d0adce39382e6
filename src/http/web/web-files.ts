import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { ClefError } from '../../core/index.ts';

export type Encoding = 'br' | 'gzip';

/** One file of the web player, with the compressed copies that the build made of it. */
export interface WebFile {
  readonly mediaType: string;
  /** Strong, without quotes; an encoded answer adds its encoding. */
  readonly tag: string;
  /** Its name holds a digest of what is in it. */
  readonly isImmutable: boolean;
  readonly bytes: Buffer;
  readonly encoded: Readonly<Partial<Record<Encoding, Buffer>>>;
}

/** By path below the base path: "assets/index-BmXu5ARz.js". */
export interface WebFiles {
  readonly index: WebFile;
  readonly files: ReadonlyMap<string, WebFile>;
}

const INDEX = 'index.html';
/** Where the build puts what it names by a digest. */
const HASHED = 'assets/';
const COPIES: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' };

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/**
 * Reads what Vite built, whole: it is small, and what is not in memory cannot be reached by any path. Undefined
 * where nothing was built.
 */
export async function readWebFiles(folder: string, basePath: string): Promise<WebFiles | undefined> {
  const found = await filesBelow(folder);
  const index = found.get(INDEX);
  if (index === undefined) return undefined;
  const copies = new Set(
    [...found.keys()].filter((name) => Object.values(COPIES).some((ending) => name.endsWith(ending))),
  );
  const files = new Map<string, WebFile>();
  for (const [name, bytes] of found) {
    if (!copies.has(name)) files.set(name, fileOf(name, bytes, copiesOf(name, found)));
  }
  const filled = await indexFile(index, basePath);
  files.set(INDEX, filled);
  return { index: filled, files };
}

async function filesBelow(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(join(folder, sep).length).replaceAll(sep, '/'), await readFile(path));
  }
  return files;
}

function copiesOf(name: string, found: ReadonlyMap<string, Buffer>): WebFile['encoded'] {
  const [br, gzipped] = [found.get(name + COPIES.br), found.get(name + COPIES.gzip)];
  return { ...(br && { br }), ...(gzipped && { gzip: gzipped }) };
}

function fileOf(name: string, bytes: Buffer, encoded: WebFile['encoded']): WebFile {
  return {
    mediaType: MEDIA_TYPES[extname(name)] ?? 'application/octet-stream',
    tag: createHash('sha256').update(bytes).digest('base64url'),
    isImmutable: name.startsWith(HASHED),
    bytes,
    encoded,
  };
}

const BASE = /<base href="[^"]*">/;

/** The page learns from `<base>` where it lives, so that one build serves every path and every deep link. */
async function indexFile(built: Buffer, basePath: string): Promise<WebFile> {
  const page = built.toString('utf8');
  if (!BASE.test(page)) throw new ClefError('internal', 'the built index.html has no <base> to fill in');
  const bytes = Buffer.from(page.replace(BASE, () => `<base href="${escapeAttribute(basePath)}/">`));
  const [br, gzipped] = await Promise.all([promisify(brotliCompress)(bytes), promisify(gzip)(bytes)]);
  return fileOf(INDEX, bytes, { br, gzip: gzipped });
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
