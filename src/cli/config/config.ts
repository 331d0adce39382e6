import { parse as parseToml } from 'smol-toml';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { type SettingName, settings } from './settings.ts';

type Parsed<Name extends SettingName> = v.InferOutput<(typeof settings)[Name]['schema']>;
type HasFallback<Name extends SettingName> = (typeof settings)[Name]['fallback'] extends string
  ? true
  : false;

/** Every setting after validation; those without a default may be undefined. */
export type Config = {
  readonly [Name in SettingName]: HasFallback<Name> extends true ? Parsed<Name> : Parsed<Name> | undefined;
};

export interface ConfigSources {
  /** Only names that start with CLEF_ are looked at; the environment wins over the file. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** TOML text of the configuration file. */
  readonly file?: string;
}

/** Names in the environment that belong to Clef but are read elsewhere. */
const OTHER_NAMES = new Set(['CLEF_CONFIG', 'CLEF_DEBUG']);

/** Validates everything at once: one `config-invalid` lists every fault, and names no secret's value. */
export function parseConfig({ env, file }: ConfigSources): Config {
  const faults: string[] = [];
  const fromFile = readFile(file, faults);
  const known = new Map(Object.entries(settings).map(([name, row]) => [row.env as string, name]));

  for (const name of Object.keys(env)) {
    if (name.startsWith('CLEF_') && !known.has(name) && !OTHER_NAMES.has(name)) {
      faults.push(`${name}: no such setting${suggestion(name, [...known.keys()])}`);
    }
  }
  const fileKeys = new Map([...known.keys()].map((name) => [fileKey(name), name]));
  for (const key of fromFile.keys()) {
    if (!fileKeys.has(key))
      faults.push(`${key} (file): no such setting${suggestion(key, [...fileKeys.keys()])}`);
  }

  const config: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(settings)) {
    const inEnv = env[row.env];
    const value = inEnv ?? fromFile.get(fileKey(row.env)) ?? row.fallback;
    if (value === undefined) continue;
    const result = v.safeParse(row.schema, value);
    if (result.success) config[name] = result.output;
    else
      faults.push(
        describeFault(
          inEnv === undefined ? `${fileKey(row.env)} (file)` : row.env,
          value,
          result.issues[0].message,
          'secret' in row,
        ),
      );
  }

  if (faults.length > 0) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    throw new ClefError(
      'config-invalid',
      `the configuration has ${count}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
  }
  return config as Config;
}

/** One setting that was given otherwise, for instance on the command line as `name`. `config-invalid`. */
export function parseSetting<Name extends SettingName>(
  setting: Name,
  value: string,
  name: string,
): Parsed<Name> {
  const row = settings[setting];
  const result = v.safeParse(row.schema, value);
  if (result.success) return result.output;
  throw new ClefError(
    'config-invalid',
    describeFault(name, value, result.issues[0].message, 'secret' in row),
  );
}

/** CLEF_BASE_URL is `base_url` in the file. */
export function fileKey(env: string): string {
  return env.slice('CLEF_'.length).toLowerCase();
}

function readFile(file: string | undefined, faults: string[]): Map<string, string> {
  const values = new Map<string, string>();
  if (file === undefined) return values;
  let table: Record<string, unknown>;
  try {
    table = parseToml(file);
  } catch (error) {
    faults.push(
      `the configuration file is not TOML: ${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'}`,
    );
    return values;
  }
  for (const [key, value] of Object.entries(table)) {
    if (typeof value === 'string' || typeof value === 'number') values.set(key, String(value));
    else if (Array.isArray(value) && value.every((part) => typeof part === 'string'))
      values.set(key, value.join(','));
    else faults.push(`${key} (file): must be a text, a number or a list of texts`);
  }
  return values;
}

function describeFault(name: string, value: string, message: string, secret: boolean): string {
  return secret ? `${name}: ${message}` : `${name}: ${message}; got ${JSON.stringify(value)}`;
}

function suggestion(name: string, known: readonly string[]): string {
  const near = known.find((candidate) => isNear(name.toLowerCase(), candidate.toLowerCase()));
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** True where the texts differ in one place: a letter more, less, other, or two exchanged. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 2;
}
