import type { Logger } from 'pino';
import type { Account } from '../../accounts/index.ts';
import type { SqlCatalog } from '../../catalog/sql/index.ts';
import type { MayUpload } from '../../http/index.ts';
import { type BeingSealed, UploadImporter } from '../../ingest/index.ts';
import { createProcessProbe } from '../../ingest/probe-process.ts';
import { UploadDesk, type Uploads, UploadStore } from '../../uploads/index.ts';
import type { NodeSet, Vault } from '../../vault/index.ts';
import type { Config } from '../config/config.ts';
import type { DataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import type { EstablishedKeys } from './keys.ts';
import { openQuietReader } from './quiet-reader.ts';

/** What uploads stand on. */
interface UploadGround {
  readonly catalog: SqlCatalog;
  readonly vault: Vault;
  readonly nodes: NodeSet;
  readonly keys: EstablishedKeys;
  readonly data: DataFolder;
  readonly beingSealed: BeingSealed;
  readonly log: Logger;
  readonly shell: Pick<Shell, 'now'>;
}

/** A desk that is to be put away before what it imports with. */
export interface OpenUploads extends Uploads, AsyncDisposable {
  /** Takes up what waits, and removes what was given up. */
  tend(): Promise<void>;
}

export async function openUploads(ground: UploadGround): Promise<OpenUploads> {
  const { catalog, vault, keys, data, log, beingSealed, shell } = ground;
  const { libraryId } = data.identity;
  const { now } = shell;
  await using stack = new AsyncDisposableStack();
  const importer = new UploadImporter({
    libraryId,
    catalog,
    seal: (input) => vault.write(input),
    reader: await openQuietReader(ground),
    beingSealed,
    probe: stack.use(createProcessProbe({ processes: 1 })),
    contentHashKey: keys.keys.library.sourceHashKey,
    now,
  });
  const store = await UploadStore.open({
    folder: data.uploads,
    libraryId,
    keyring: () => keys.sealing.service,
    now,
    onUnreadable: (error) => log.warn({ err: error }, 'an upload does not open; it is left for the sweep'),
  });
  const desk = stack.use(
    new UploadDesk({
      store,
      importUpload: (upload, media, signal) => importer.import(upload, media, signal),
      onFailure: (error) => log.warn({ err: error }, 'an upload could not be imported; it is tried again'),
      now,
    }),
  );
  async function tend(): Promise<void> {
    const removed = await desk.tend();
    if (removed > 0) log.info({ removed }, 'uploads that were given up are removed');
  }
  // What was given up while the server was off goes now.
  await tend();
  const owned = stack.move();
  return {
    list: (user) => desk.list(user),
    find: (user, id) => desk.find(user, id),
    begin: (facts) => desk.begin(facts),
    append: (user, id, offsetBytes, bytes) => desk.append(user, id, offsetBytes, bytes),
    remove: (user, id) => desk.remove(user, id),
    onChange: (listener) => desk.onChange(listener),
    tend,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Heads of uploads are sealed: until the keys are there, a request for one waits. */
export function uploadsOnceUnlocked({
  unlocked,
}: {
  readonly unlocked: Promise<{ readonly uploads: Uploads }>;
}): Uploads {
  return {
    list: async (...args) => (await unlocked).uploads.list(...args),
    find: async (...args) => (await unlocked).uploads.find(...args),
    begin: async (...args) => (await unlocked).uploads.begin(...args),
    append: async (...args) => (await unlocked).uploads.append(...args),
    remove: async (...args) => (await unlocked).uploads.remove(...args),
    onChange(listener) {
      let isOver = false;
      let stop = (): void => undefined;
      const subscribe = async (): Promise<void> => {
        const { uploads } = await unlocked;
        if (!isOver) stop = uploads.onChange(listener);
      };
      // Where there are no keys, nothing is uploaded.
      subscribe().catch(() => undefined);
      return () => {
        isOver = true;
        stop();
      };
    },
  };
}

export function mayUploadBy({ uploads }: Pick<Config, 'uploads'>): MayUpload {
  switch (uploads) {
    case 'everyone':
      return () => true;
    case 'nobody':
      return () => false;
    default:
      return ({ role }: Account) => role === 'admin';
  }
}
