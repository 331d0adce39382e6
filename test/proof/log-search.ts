import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Needles } from '../support/needles.ts';
import { type NotedSecret, SECRETS_FILE } from '../support/noted-secrets.ts';

/** A secret in a log, in one of its forms. */
export interface FoundSecret {
  readonly log: string;
  readonly kind: string;
  /** The line without it. */
  readonly line: string;
}

export interface SearchedLogs {
  readonly found: readonly FoundSecret[];
  readonly secretsByKind: Readonly<Record<string, number>>;
  readonly needles: number;
  readonly bytes: number;
  /** By the part that wrote them; empty ones count as none. */
  readonly logsByPart: Readonly<Record<string, number>>;
  /** Lines that name a temporary folder, without what differs between them, by part. */
  readonly pathsFound: Readonly<Record<string, number>>;
}

const LEAST_BYTES = 8;
const BLANK = '[SECRET]';
const LONGEST_SHOWN = 240;
/** Where tests keep music and data; more than one is no different. */
const PATH = /\/tmp\/clef-[^\s"',)]*/g;

/** Looks for every noted secret in every log of the folder. */
export async function searchLogs(folder: string): Promise<SearchedLogs> {
  const needles = new Needles();
  const kindOf = new Map<string, string>();
  const secretsByKind: Record<string, number> = {};
  const seen = new Set<string>();
  const lines = createInterface({ input: createReadStream(join(folder, SECRETS_FILE)) });
  for await (const line of lines) {
    const { kind, base64 } = JSON.parse(line) as NotedSecret;
    if (seen.has(base64)) continue;
    seen.add(base64);
    secretsByKind[kind] = (secretsByKind[kind] ?? 0) + 1;
    for (const form of formsOfSecret(Buffer.from(base64, 'base64'))) {
      needles.add(form);
      kindOf.set(form.toString('latin1'), kind);
    }
  }

  const found: FoundSecret[] = [];
  const logsByPart: Record<string, number> = {};
  const pathsFound: Record<string, number> = {};
  let bytes = 0;
  for (const log of (await readdir(folder)).filter((name) => name.endsWith('.log'))) {
    const content = await readFile(join(folder, log));
    if (content.length === 0) continue;
    const part = log.slice(0, log.indexOf('.'));
    bytes += content.length;
    logsByPart[part] = (logsByPart[part] ?? 0) + 1;
    for (const hit of needles.findIn(content)) {
      const kind = kindOf.get(hit.toString('latin1')) ?? 'unknown';
      found.push({ log, kind, line: blankedLine(content, hit) });
    }
    for (const line of linesWithPaths(content.toString())) {
      const pattern = `${part}: ${line}`;
      pathsFound[pattern] = (pathsFound[pattern] ?? 0) + 1;
    }
  }
  return { found, secretsByKind, needles: needles.count, bytes, logsByPart, pathsFound };
}

/** As a log may show it: as it is, in hex, in base64 wherever in longer bytes it began, escaped in addresses and in JSON. */
export function formsOfSecret(secret: Buffer): Buffer[] {
  const hex = secret.toString('hex');
  const text = secret.toString('utf8');
  const isText = Buffer.from(text).equals(secret);
  const forms = [
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((before) => {
      const base64 = Buffer.concat([Buffer.alloc(before), secret]).toString('base64url');
      // Characters that others beside the secret have part in are left out.
      const own = base64.slice(before === 0 ? 0 : before + 1, Math.floor(((before + secret.length) * 4) / 3));
      return [own, own.replaceAll('-', '+').replaceAll('_', '/')];
    }),
    ...(isText ? [encodeURIComponent(text), JSON.stringify(text).slice(1, -1)] : []),
  ];
  const all = [secret, ...forms.map((form) => Buffer.from(form))];
  return all.filter(({ length }) => length >= LEAST_BYTES);
}

/** Every needle on the line goes, whichever was found. */
function blankedLine(content: Buffer, hit: Buffer): string {
  const at = content.indexOf(hit);
  const start = content.lastIndexOf('\n', at) + 1;
  const end = content.indexOf('\n', at + hit.length);
  const line = content.toString('latin1', start, end === -1 ? content.length : end);
  const blanked = line.replaceAll(hit.toString('latin1'), BLANK);
  const where = Math.max(0, blanked.indexOf(BLANK) - LONGEST_SHOWN / 2);
  return blanked.slice(where, where + LONGEST_SHOWN);
}

function linesWithPaths(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.includes('/tmp/clef-'))
    .map((line) =>
      line
        .replaceAll(PATH, (path) => `PATH/${basename(path).replaceAll(/[\w-]{12,}/g, 'ID')}`)
        .replaceAll(/[0-9a-f]{16,}/g, 'ID')
        .replaceAll(/\d+/g, 'N')
        .slice(0, LONGEST_SHOWN),
    );
}
