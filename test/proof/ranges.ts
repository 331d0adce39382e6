import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type NodeId, randomId } from '../../src/core/index.ts';
import type { StorageNode } from '../../src/vault/index.ts';
import { initS3Node, openS3Node } from '../../src/vault/nodes/s3.ts';
import { initSmbNode, openSmbNode, type SmbAddress } from '../../src/vault/nodes/smb.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { seededRandom } from '../support/random.ts';
import { Bucket } from '../support/s3-bucket.ts';
import { startCeph } from '../support/start-ceph.ts';
import { type Samba, startSamba, SMBCLIENT } from '../support/start-samba.ts';
import { gate, type Proof } from './proof.ts';
import { median } from './tools.ts';

const run = promisify(execFile);
const MIB = 2 ** 20;
const NAME = 'big';
/** As the read planner does: some columns' pieces at a time. */
const READS_AT_ONCE = 4;
const ROUNDS = 5;

/** Far nodes give right bytes, and not much slower than programs made for nothing else. */
export const ranges: Proof = {
  name: 'ranges',
  shows:
    'random ranges through SMB (signed, encrypted) and S3 compared byte by byte: none wrong; rates beside smbclient and curl',
  async run({ small, seed, say }) {
    const bytes = randomBytes(small ? 16 * MIB : 256 * MIB);
    const count = small ? 200 : 10_000;
    const random = seededRandom(seed);
    await using place = await temporaryFolder('proof-ranges');

    await using samba = await startSamba({
      shares: ['plain', 'sealed'],
      shareSettings: { sealed: { 'smb encrypt': 'required' } },
    });
    const smb: Record<string, Compared> = {};
    for (const way of ['signed', 'encrypted'] as const) {
      await using node = await shareNode(samba, way);
      await node.create(NAME, piecesOf(bytes));
      const other = smbclient(samba, way);
      smb[way] = await compare(node, bytes, { count, random, rounds: small ? 1 : ROUNDS, other });
      say(`${way}: ${JSON.stringify(smb[way])}`);
    }

    await using ceph = await startCeph();
    const bucket = await Bucket.make(ceph, ceph.credentials);
    const settings = { address: bucket.address, credentials: ceph.credentials };
    await initS3Node(settings, { nodeId: randomId<NodeId>(randomBytes) });
    await using node = await openS3Node(settings);
    await node.create(NAME, piecesOf(bytes));
    const url = `${ceph.endpoint}/${bucket.address.bucket}/${NAME}`;
    const { accessKeyId, secretAccessKey } = ceph.credentials;
    const other = await curl(place.path, url, `${accessKeyId}:${secretAccessKey}`, ceph.region);
    const s3 = await compare(node, bytes, { count, random, rounds: small ? 1 : ROUNDS, other });
    say(`bucket: ${JSON.stringify(s3)}`);

    const all = [...Object.values(smb), s3];
    return {
      gates: {
        wrongRanges: gate(
          all.reduce((sum, { wrong }) => sum + wrong, 0),
          0,
        ),
        wrongReads: gate(
          all.reduce((sum, { wrongReads }) => sum + wrongReads, 0),
          0,
        ),
      },
      figures: {
        ranges: count * all.length,
        smb,
        s3,
        encryptedBesidePlain: ratio(smb['encrypted']?.mibPerSecond, smb['signed']?.mibPerSecond),
        aims: { besideSmbclient: 0.7, encryptedBesidePlain: 0.6 },
      },
    };
  },
};

interface Compared {
  readonly wrong: number;
  readonly wrongReads: number;
  readonly mibPerSecond: number;
  /** Of the other program, in turn with ours. */
  readonly otherMibPerSecond: number;
  readonly besideOther: number;
}

async function compare(
  node: StorageNode,
  bytes: Buffer,
  options: {
    readonly count: number;
    readonly random: () => number;
    readonly rounds: number;
    /** Seconds that another program takes for the whole of it. */
    readonly other: () => Promise<number>;
  },
): Promise<Compared> {
  const wrong = await wrongRanges(node, bytes, options.count, options.random);
  const ours: number[] = [];
  const others: number[] = [];
  let wrongReads = 0;
  // The first of each is not counted: it warms what is read from, and compiles what reads.
  for (let round = 0; round <= options.rounds; round++) {
    const startedAtMs = performance.now();
    wrongReads += await readWhole(node, bytes, round === 0);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const otherSeconds = await options.other();
    if (round === 0) continue;
    ours.push(bytes.length / MIB / seconds);
    others.push(bytes.length / MIB / otherSeconds);
  }
  const [mibPerSecond, otherMibPerSecond] = [Math.round(median(ours)), Math.round(median(others))];
  return {
    wrong,
    wrongReads,
    mibPerSecond,
    otherMibPerSecond,
    besideOther: ratio(mibPerSecond, otherMibPerSecond),
  };
}

/** From one byte to a MiB, as many short ones as long ones. */
async function wrongRanges(
  node: StorageNode,
  bytes: Buffer,
  count: number,
  random: () => number,
): Promise<number> {
  let wrong = 0;
  let left = count;
  await Promise.all(
    Array.from({ length: READS_AT_ONCE }, async () => {
      while (left-- > 0) {
        const length = Math.floor(MIB ** random());
        const at = Math.floor(random() * (bytes.length - length + 1));
        const got = await node.read(NAME, at, length);
        if (Buffer.compare(got, bytes.subarray(at, at + length)) !== 0) wrong++;
      }
    }),
  );
  return wrong;
}

/** Comparing costs time: in the rounds that are measured, the lengths alone. */
async function readWhole(node: StorageNode, bytes: Buffer, isCompared: boolean): Promise<number> {
  let wrong = 0;
  let next = 0;
  await Promise.all(
    Array.from({ length: READS_AT_ONCE }, async () => {
      while (next < bytes.length) {
        const at = next;
        next += MIB;
        const got = await node.read(NAME, at, MIB);
        const isRight = got.length === MIB && (!isCompared || bytes.subarray(at, at + MIB).equals(got));
        if (!isRight) wrong++;
      }
    }),
  );
  return wrong;
}

async function shareNode(samba: Samba, way: 'encrypted' | 'signed'): Promise<StorageNode> {
  const { host, port, credentials } = samba;
  const address: SmbAddress = {
    host,
    port,
    share: shareOf[way],
    encryption: way === 'encrypted' ? 'required' : 'off',
    signing: 'required',
  };
  const settings = { address, path: '', credentials };
  await initSmbNode(settings, { nodeId: randomId<NodeId>(randomBytes) });
  return openSmbNode(settings);
}

const shareOf = { encrypted: 'sealed', signed: 'plain' } as const;

/** By what it says itself: its start and its login are not in it. */
function smbclient(samba: Samba, way: 'encrypted' | 'signed'): () => Promise<number> {
  const args = [
    `//${samba.host}/${shareOf[way]}`,
    `--port=${samba.port}`,
    `--authentication-file=${samba.authenticationFile}`,
    `--client-protection=${way === 'encrypted' ? 'encrypt' : 'sign'}`,
    `--command=get ${NAME} /dev/null`,
  ];
  return async () => {
    const { stdout, stderr } = await run(SMBCLIENT, args);
    const [, size, rate] = /of size (\d+) .*\((\d+(?:\.\d+)?) KiloBytes\/sec\)/.exec(stdout + stderr) ?? [];
    return Number(size) / (Number(rate) * 1_024);
  };
}

async function curl(
  folder: string,
  url: string,
  user: string,
  region: string,
): Promise<() => Promise<number>> {
  const configuration = join(folder, 'curl');
  await writeFile(
    configuration,
    `url = "${url}"\nuser = "${user}"\naws-sigv4 = "aws:amz:${region}:s3"\nheader = "x-amz-content-sha256: UNSIGNED-PAYLOAD"\noutput = "/dev/null"\nwrite-out = "%{http_code} %{time_total}"\nfail\nsilent\n`,
    { mode: 0o600 },
  );
  return async () => {
    const { stdout } = await run('curl', ['-K', configuration]);
    const [status, seconds] = stdout.split(' ');
    if (status !== '200') throw new Error(`curl got ${status}`);
    return Number(seconds);
  };
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB);
}

function ratio(one: number | undefined, other: number | undefined): number {
  return Math.round(((one ?? Number.NaN) / (other ?? Number.NaN)) * 100) / 100;
}
