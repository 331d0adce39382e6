import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { ClefError, isHexId, type LibraryId, randomId, type ServerId } from '../core/index.ts';

/** Grows when an older Clef could no longer read the folder. */
const FORMAT = 1;

const IDENTITY = 'clef.json';
/** Without it the folder is no library’s yet. */
const KEYRING_SEEN = 'keyring-seen.json';

const hexId = v.pipe(v.string(), v.check(isHexId));

const identitySchema = v.object({
  format: v.number(),
  serverId: hexId,
  libraryId: hexId,
  createdAtMs: v.number(),
});

/** Who this server is and which library it holds: `clef.json`. */
export interface DataIdentity {
  readonly serverId: ServerId;
  readonly libraryId: LibraryId;
  readonly createdAtMs: number;
}

export interface DataFolder extends Disposable {
  readonly root: string;
  readonly identity: DataIdentity;
  /** True at the very first start on this folder. */
  readonly isNew: boolean;
  readonly catalogFile: string;
  readonly searchFile: string;
  /** Changes of a catalogue on servers, in this server's order. */
  readonly changesFile: string;
  /** What playing needs of a catalogue that lies elsewhere. */
  readonly playFile: string;
  /** Plays that wait for a catalogue that lies elsewhere. */
  readonly keptPlaysFile: string;
  /** The log of playback sessions. */
  readonly playbackFile: string;
  readonly serverKeyFile: string;
  readonly keyringSeenFile: string;
  readonly nodesFile: string;
  /** How far scrub has come. */
  readonly scrubFile: string;
  /** Names of other servers. */
  readonly serversFile: string;
  /** When the recovery kit was last proved to work. */
  readonly drillFile: string;
  /** What opens the shares that are sources: where their key files are, never what is in them. */
  readonly sourcesFile: string;
  readonly defaultNode: string;
  readonly recoveryKit: string;
  readonly controlSocket: string;
  /** Where media workers ask the main process. */
  readonly mediaSocket: string;
  readonly secrets: string;
  /** Files on their way in, sealed. */
  readonly uploads: string;
}

/** XDG Base Directory Specification 0.8; the platform's own place elsewhere. */
export function defaultDataRoot(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Clef');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Clef');
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'clef');
}

export function controlSocketOf(root: string, platform: NodeJS.Platform = process.platform): string {
  return socketIn(root, 'control', platform);
}

/** What every system takes: macOS has 104 bytes with a zero at the end, Linux 108. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Windows has named pipes instead of sockets in folders. `config-invalid` for a path that no socket can have. */
function socketIn(root: string, name: string, platform: NodeJS.Platform): string {
  const absolute = resolve(root);
  if (platform === 'win32') return `\\\\.\\pipe\\clef-${name}-${absolute.replaceAll(/[^\w]/g, '-')}`;
  const path = join(absolute, `${name}.sock`);
  const excess = Buffer.byteLength(path) - MAX_SOCKET_PATH_BYTES;
  if (excess <= 0) return path;
  throw new ClefError(
    'config-invalid',
    `CLEF_DATA: the folder's path is ${excess} bytes too long for the sockets in it; name a shorter one`,
  );
}

/** Where generated secrets go that no terminal could show. */
export function secretsFolder(root: string): string {
  return join(root, 'secrets');
}

/** Where the kit is made; people are asked to move it away. */
export function recoveryKitFolder(root: string): string {
  return join(root, 'recovery-kit');
}

export interface OpenDataFolderOptions {
  readonly root: string;
  readonly now: () => number;
  /** Adopt this library where the folder has no library's keys yet; recovery only. */
  readonly libraryId?: LibraryId;
}

/**
 * Opens the folder for this process alone, making it where it is absent. The lock is the operating system's,
 * so that it goes with the process however that ends.
 * `data-in-use`, `data-newer`, `data-invalid`.
 */
export async function openDataFolder({
  root: given,
  now,
  libraryId,
}: OpenDataFolderOptions): Promise<DataFolder> {
  const root = resolve(given);
  const controlSocket = controlSocketOf(root);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await chmod(root, 0o700);
  const lock = lockFolder(root, IN_USE);
  try {
    const file = join(root, IDENTITY);
    const keyringSeenFile = join(root, KEYRING_SEEN);
    const known = await readIdentity(file);
    const identity = {
      serverId: known?.serverId ?? randomId<ServerId>(randomBytes),
      libraryId: known?.libraryId ?? randomId<LibraryId>(randomBytes),
      createdAtMs: known?.createdAtMs ?? now(),
      // Before there are keys, nothing was sealed under the id that a first start drew.
      ...(libraryId !== undefined && !(await exists(keyringSeenFile)) && { libraryId }),
    };
    if (identity.libraryId !== known?.libraryId) await writeIdentity(file, identity);
    return {
      root,
      identity,
      isNew: !known,
      catalogFile: join(root, 'catalog.sqlite'),
      searchFile: join(root, 'search.sqlite'),
      changesFile: join(root, 'changes.sqlite'),
      playFile: join(root, 'play-file.sqlite'),
      keptPlaysFile: join(root, 'kept-plays.sqlite'),
      playbackFile: join(root, 'playback.sqlite'),
      serverKeyFile: join(root, 'server.key'),
      keyringSeenFile,
      nodesFile: join(root, 'nodes.json'),
      scrubFile: join(root, 'scrub.json'),
      serversFile: join(root, 'servers.json'),
      drillFile: join(root, 'drill.json'),
      sourcesFile: join(root, 'sources.json'),
      defaultNode: join(root, 'vault'),
      recoveryKit: recoveryKitFolder(root),
      controlSocket,
      mediaSocket: socketIn(root, 'media', process.platform),
      secrets: secretsFolder(root),
      uploads: join(root, 'uploads'),
      [Symbol.dispose]: () => lock.close(),
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** False where a start would begin a new library: an id alone, with which nothing was sealed yet, is none. */
export function holdsLibrary(root: string): Promise<boolean> {
  return exists(join(root, KEYRING_SEEN));
}

/** From its next opening on the folder is that library's, and this server has the id of its key. */
export function adoptIdentity(
  { root, identity }: Pick<DataFolder, 'root' | 'identity'>,
  adopted: Pick<DataIdentity, 'libraryId' | 'serverId'>,
): Promise<void> {
  return writeIdentity(join(root, IDENTITY), { ...identity, ...adopted });
}

function writeIdentity(file: string, identity: DataIdentity): Promise<void> {
  return writeDurably(file, `${JSON.stringify({ format: FORMAT, ...identity }, null, 2)}\n`);
}

/** Which library the folder holds; undefined where there is no folder. */
export async function readLibraryId(root: string): Promise<LibraryId | undefined> {
  return (await readIdentity(join(root, 'clef.json')))?.libraryId;
}

/** True where a process holds the folder now. */
export function isDataFolderInUse(root: string): boolean {
  try {
    lockFolder(resolve(root), IN_USE).close();
    return false;
  } catch (error) {
    if (error instanceof ClefError && error.code === 'data-in-use') return true;
    throw error;
  }
}

const IN_USE = 'another Clef server is using this data folder; stop it, or name another with CLEF_DATA';

/**
 * SQLite's exclusive file lock: kept by the kernel, released with the process, on every platform.
 * `data-in-use` with these words where another process has it.
 */
export function lockFolder(root: string, inUse: string): DatabaseSync {
  const lock = new DatabaseSync(join(root, 'lock.sqlite'), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw new ClefError('data-in-use', inUse, { cause });
  }
}

async function readIdentity(file: string): Promise<DataIdentity | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ClefError('data-invalid', 'clef.json in the data folder cannot be read', { cause });
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), identitySchema), text);
  if (!parsed.success)
    throw new ClefError(
      'data-invalid',
      'clef.json in the data folder is damaged; restore it, or run `clef vault recover` into an empty folder',
    );
  if (parsed.output.format > FORMAT) {
    throw new ClefError(
      'data-newer',
      `the data folder has format ${parsed.output.format}, this Clef reads up to ${FORMAT}; update Clef`,
    );
  }
  const { serverId, libraryId, createdAtMs } = parsed.output;
  return { serverId: serverId as ServerId, libraryId: libraryId as LibraryId, createdAtMs };
}

/** Whole or not at all, and there after a power cut. */
export async function writeDurably(file: string, text: string | Uint8Array): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
