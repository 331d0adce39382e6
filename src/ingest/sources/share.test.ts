import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeSourceTree, type TreeHarness } from '../../../test/contracts/source-tree.ts';
import { type Samba, startSamba } from '../../../test/support/start-samba.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { isClefError } from '../../core/index.ts';
import { type SmbAddress, SmbShare } from '../../smb/index.ts';
import { watchShareFolder } from '../watch/share-hints.ts';
import { openShareTree } from './share.ts';

let samba: Samba;
let share: SmbShare;
let harness: TreeHarness;
const stack = new AsyncDisposableStack();
const addressOf = (name: string): SmbAddress => ({
  host: samba.host,
  port: samba.port,
  share: name,
  encryption: 'if-offered',
  signing: 'required',
});

beforeAll(async () => {
  samba = stack.use(await startSamba({ shares: ['music'] }));
  share = stack.use(new SmbShare({ address: addressOf('music'), credentials: samba.credentials }));
  // Changes are made on the server's own disk.
  const root = join(samba.folderOf('music'), 'library');
  await mkdir(root);
  harness = {
    tree: await openShareTree({ share, path: 'library' }),
    async put(path, bytes) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), bytes);
    },
    remove: (path) => rm(join(root, path), { recursive: true }),
    makeFolder: async (path) => void (await mkdir(join(root, path), { recursive: true })),
  };
});
afterAll(() => stack.disposeAsync());

describeSourceTree('a folder of a share as a source', () => harness);

describe('a share as a source', () => {
  const failure = async (name: string, path: string, password?: string): Promise<string> => {
    const credentials = { ...samba.credentials, ...(password !== undefined && { password }) };
    await using other = new SmbShare({ address: addressOf(name), credentials });
    const error: unknown = await openShareTree({ share: other, path }).catch((reason: unknown) => reason);
    return isClefError(error, 'source-missing') ? error.message : String(error);
  };

  test('that cannot be had is missing, and says why', async () => {
    expect(await failure('nothing', '')).toBe('the server has no share of this name');
    expect(await failure('music', 'nothing')).toBe('the share has no such folder');
    expect(await failure('music', '', 'wrong')).toBe(
      'the share refuses the user or the password of its key file',
    );
  });

  test('lets go of a file that was read, so that others can remove it', async () => {
    await harness.put('read.flac', randomBytes(1_000));
    const remove = () => samba.smbclient('music', 'del library/read.flac', tmpdir());
    {
      await using file = await harness.tree.open(Buffer.from('read.flac'), false);
      await file?.read(new Uint8Array(1_000), 0);
      expect(await remove()).toBe('NT_STATUS_SHARING_VIOLATION');
    }
    expect(await remove()).toBeUndefined();
  });

  test('knows of a file that another client still writes', async () => {
    await using writer = new SmbShare({ address: addressOf('music'), credentials: samba.credentials });
    const file = await writer.create('library/growing.mp3');
    await file.write(new Uint8Array(1_000));
    const path = Buffer.from('growing.mp3');
    expect(await harness.tree.isBeingWritten(path)).toBe(true);
    await file.close();
    expect(await harness.tree.isBeingWritten(path)).toBe(false);
    expect(await harness.tree.isBeingWritten(Buffer.from('none.mp3'))).toBe(false);
  });

  test('tells what other clients change, in every folder below', async () => {
    await using writer = new SmbShare({ address: addressOf('music'), credentials: samba.credentials });
    await writer.mkdir('library/artist');
    await writer.mkdir('library/artist/album');
    const stop = new AbortController();
    const watching = Promise.withResolvers<void>();
    const hints = new Set<string>();
    const ended = watchShareFolder({
      address: addressOf('music'),
      path: 'library',
      credentials: () => Promise.resolve(samba.credentials),
    })({
      onWatching: watching.resolve,
      onHint: (path) => hints.add(path.toString()),
      signal: stop.signal,
    }).catch((error: unknown) => error);
    await watching.promise;
    // The server may take its orders a moment after they were sent: so it is changed until it is told.
    await waitFor('a hint', async () => {
      const file = await writer.create('library/artist/album/song.mp3');
      await file.close();
      await writer.unlink('library/artist/album/song.mp3');
      return hints.has('artist/album/song.mp3') || undefined;
    });
    stop.abort(new Error('enough'));
    expect(await ended).toEqual(new Error('enough'));
  });

  test('that goes away is missing, and none of its files is', async () => {
    await harness.put('here.mp3', new Uint8Array(10));
    await samba.kill();
    for (const asked of [
      harness.tree.list(Buffer.alloc(0)),
      harness.tree.lookAtFile(Buffer.from('here.mp3'), false),
      harness.tree.open(Buffer.from('here.mp3'), false),
    ]) {
      expect(isClefError(await asked.catch((error: unknown) => error), 'source-missing')).toBe(true);
    }
    await samba.start();
    await waitFor('the share', async () => harness.tree.look(Buffer.from('here.mp3')).catch(() => undefined));
  });
});
