import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceLine } from '../../src/cli/operations/source.ts';
import { type SmbAddress, SmbShare } from '../../src/smb/index.ts';
import { type ClefServer, runClef, startClef, temporaryFolder } from './clef-process.ts';
import { type Samba, startSamba } from './start-samba.ts';
import { SubsonicClient } from './subsonic-client.ts';
import { waitFor } from './wait-for.ts';

/** A share that other clients change, and a server that has its music from there. */
export interface WatchedShare extends AsyncDisposable {
  readonly samba: Samba;
  readonly clef: ClefServer;
  readonly player: SubsonicClient;
  /** Runs commands of smbclient(1), in a folder of this machine; again where a file is open elsewhere. */
  smbclient(commands: string, folder?: string): Promise<void>;
  /** Another client, that can be made to write slowly, or to end in the middle. */
  client(): SmbShare;
  source(): Promise<SourceLine>;
  /** The ids of tracks of this title. */
  tracksCalled(title: string): Promise<readonly string[]>;
}

const SHARE = 'music';

export async function startWatchedShare(scanMinutes = 1): Promise<WatchedShare> {
  await using stack = new AsyncDisposableStack();
  const samba = stack.use(await startSamba({ shares: [SHARE] }));
  const { path } = stack.use(await temporaryFolder('watched-share'));
  const keyFile = join(path, 'key.toml');
  const { user, password } = samba.credentials;
  await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
  const clef = stack.use(
    await startClef({
      data: join(path, 'data'),
      folders: [`smb://${samba.host}:${samba.port}/${SHARE}?key=${keyFile}`],
      settings: { CLEF_SCAN_MINUTES: String(scanMinutes), CLEF_WORKERS: '0' },
    }),
  );
  const player = new SubsonicClient(clef.baseUrl, await clef.credentials());
  const address: SmbAddress = {
    host: samba.host,
    port: samba.port,
    share: SHARE,
    encryption: 'if-offered',
    signing: 'required',
  };
  const source = async (): Promise<SourceLine> => {
    const { stdout, stderr } = await runClef(['source', 'list', '--json'], clef.settings);
    const [line] = JSON.parse(stdout) as readonly SourceLine[];
    if (!line) throw new Error(`no source is listed: ${stderr}`);
    return line;
  };
  await waitFor('a share that is watched', async () => {
    const listed = await source().catch(() => undefined);
    return listed?.mode === 'notified' && listed.lastScanMs !== undefined ? listed : undefined;
  });
  const owned = stack.move();
  return {
    samba,
    clef,
    player,
    async smbclient(commands, folder = path) {
      await waitFor(commands, async () => {
        const refusal = await samba.smbclient(SHARE, commands, folder);
        if (refusal === 'NT_STATUS_SHARING_VIOLATION') return undefined;
        if (refusal !== undefined) throw new Error(`smbclient: ${refusal}`);
        return true;
      });
    },
    client: () => new SmbShare({ address, credentials: samba.credentials }),
    source,
    async tracksCalled(title) {
      const { searchResult3 } = await player.get('search3', {
        query: title,
        songCount: 20,
        albumCount: 0,
        artistCount: 0,
      });
      const songs = (searchResult3.song ?? []) as readonly { readonly id: string; readonly title: string }[];
      return songs.filter((song) => song.title === title).map(({ id }) => id);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
