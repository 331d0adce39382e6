import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CATALOG_OF_TESTS } from './shared-mariadb.ts';
import { type Credentials, FIRST_START, runClef } from './run-clef.ts';
import { sharedFolder } from './shared-by-run.ts';

/** Files in which a data folder says where it lies. */
const SAY_WHERE = ['nodes.json', 'recovery-kit/kit.json', 'recovery-kit/recovery-kit.html'];
const CLIENT = 'test';

interface Begun {
  readonly folder: string;
  readonly credentials: Credentials;
}

let begun: Promise<Begun> | undefined;

/**
 * A data folder as a first start leaves it, with an app password. The keys and the kit of a library take two seconds of a
 * processor, so that tests to which these are nothing share one that was made once in this process.
 */
export async function copyFirstStart(data: string): Promise<Credentials> {
  // A copy of the folder would have no catalogue.
  if (CATALOG_OF_TESTS !== undefined) return (await begin(data)).credentials;
  begun ??= begin(join(sharedFolder('first-start'), 'data'));
  const { folder, credentials } = await begun;
  await cp(folder, data, { recursive: true });
  await sayWhere(data, folder, data);
  return credentials;
}

/** In a data folder that was copied: what lay in one folder lies in another. */
export async function sayWhere(data: string, from: string, to: string): Promise<void> {
  for (const name of SAY_WHERE) {
    const text = await readFile(join(data, name), 'utf8');
    await writeFile(join(data, name), text.replaceAll(from, to));
  }
}

/** True where a library began in this folder: others have at most a certificate. */
export function holdsLibrary(data: string): Promise<boolean> {
  return stat(join(data, 'clef.json')).then(
    () => true,
    () => false,
  );
}

async function begin(folder: string): Promise<Begun> {
  const settings = { ...FIRST_START, CLEF_DATA: folder };
  const made = await runClef(['app-password', 'create', 'admin', '--client', CLIENT, '--json'], settings);
  if (made.status !== 0) throw new Error(`a first start failed: ${made.stderr}`);
  return { folder, credentials: JSON.parse(made.stdout) as Credentials };
}
