import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where `npm run proof -- logs` wants every log and what is secret; undefined in other runs. */
export const LOGS_FOLDER = process.env['TEST_LOGS'];

/** A preload for processes of Clef that notes what is secret in them. */
export const TAP = new URL('./tap-secrets.ts', import.meta.url).href;

export const SECRETS_FILE = 'secrets.jsonl';

/** A line of the file. */
export interface NotedSecret {
  readonly kind: SecretKind;
  readonly base64: string;
}

export type SecretKind =
  | 'key'
  | 'setting'
  | 'service'
  | 'command'
  | 'cookie'
  | 'header'
  | 'query'
  | 'request'
  | 'answer';

/** Shorter ones are found where they are not. */
const LEAST_BYTES = 8;
/** As keys of tests, which are often one byte again and again. */
const LEAST_DISTINCT_BYTES = 5;

const noted = new Set<string>();

/** What no log may have, neither as it is nor encoded. */
export function noteSecret(kind: SecretKind, secret: string | Uint8Array): void {
  if (LOGS_FOLDER === undefined) return;
  const bytes = Buffer.from(secret as Uint8Array);
  if (bytes.length < LEAST_BYTES || new Set(bytes).size < LEAST_DISTINCT_BYTES) return;
  const base64 = bytes.toString('base64');
  if (noted.has(base64)) return;
  noted.add(base64);
  const line: NotedSecret = { kind, base64 };
  appendFileSync(join(LOGS_FOLDER, SECRETS_FILE), `${JSON.stringify(line)}\n`);
}

const SECRET_NAME = /(?:password|passphrase|secret|token|ticket|api_?key|track_?key|private_?key)$/i;

/** What fields of such names hold, however deep in a JSON value. */
export function noteFields(kind: SecretKind, value: unknown, name = ''): void {
  if (typeof value === 'string') {
    if (SECRET_NAME.test(name)) noteSecret(kind, value);
  } else if (Array.isArray(value)) {
    for (const item of value) noteFields(kind, item, name);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) noteFields(kind, item, key);
  }
}

/** Of text that may be JSON. */
export function noteJson(kind: SecretKind, text: string): void {
  try {
    noteFields(kind, JSON.parse(text));
  } catch {
    // Only well-formed JSON has fields.
  }
}

const QUERY_SECRETS = new Set(['p', 't', 's']);

/** Subsonic's parameters, and those of such names as fields have. */
export function noteQuery(kind: SecretKind, text: string): void {
  for (const [name, value] of new URLSearchParams(text)) {
    if (!QUERY_SECRETS.has(name)) {
      noteFields(kind, value, name);
      continue;
    }
    noteSecret(kind, value);
    if (value.startsWith('enc:')) noteSecret(kind, Buffer.from(value.slice(4), 'hex'));
  }
}
