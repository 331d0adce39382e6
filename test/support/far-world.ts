import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bucket } from './s3-bucket.ts';
import { type Ceph, startCeph } from './start-ceph.ts';
import { type Samba, startSamba } from './start-samba.ts';

/** Six places, each in a failure domain of its own: three folders, a share on each of two file servers, a bucket. */
export interface FarWorld extends AsyncDisposable {
  /** Entries of CLEF_NODES: folders first, then shares, then the bucket. */
  readonly entries: readonly string[];
  readonly shares: readonly [Samba, Samba];
  readonly ceph: Ceph;
  /** The entry of an empty bucket of an engine that has just begun, in place of one that lost everything. */
  newBucket(): Promise<string>;
}

/** Everything lies below the folder. */
export async function startFarWorld(folder: string): Promise<FarWorld> {
  await using starting = new AsyncDisposableStack();
  let stack = starting;
  const folders = ['a', 'b', 'c'].map((name) => `${join(folder, name)}#domain=${name}`);
  const shareEntry = async (name: string): Promise<{ samba: Samba; entry: string }> => {
    const samba = stack.use(await startSamba({ shares: ['music'] }));
    const { user, password } = samba.credentials;
    const keyFile = join(folder, `${name}.key`);
    await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
    return { samba, entry: `smb://${samba.host}:${samba.port}/music/clef?key=${keyFile}#domain=${name}` };
  };
  const bucketEntry = async (): Promise<{ ceph: Ceph; entry: string }> => {
    const ceph = stack.use(await startCeph());
    const { accessKeyId, secretAccessKey } = ceph.credentials;
    const keyFile = join(folder, `${randomUUID()}.key`);
    await writeFile(keyFile, `access_key = "${accessKeyId}"\nsecret_key = "${secretAccessKey}"\n`, {
      mode: 0o600,
    });
    const { address } = await Bucket.make(ceph, ceph.credentials);
    const query = `endpoint=${ceph.endpoint}&region=${ceph.region}&key=${keyFile}`;
    return { ceph, entry: `s3://${address.bucket}/clef?${query}#domain=bucket` };
  };
  await mkdir(folder, { recursive: true });
  const one = await shareEntry('share-one');
  const other = await shareEntry('share-two');
  const bucket = await bucketEntry();
  const owned = starting.move();
  stack = owned;
  return {
    entries: [...folders, one.entry, other.entry, bucket.entry],
    shares: [one.samba, other.samba],
    ceph: bucket.ceph,
    newBucket: async () => (await bucketEntry()).entry,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
