import { temporaryFolder } from '../support/clef-process.ts';
import { whyUnheard } from '../../src/ingest/index.ts';
import { gate, type Proof } from './proof.ts';

/** statfs(2) types as linux/magic.h and the man page have them. */
const SHARED: Readonly<Record<string, number>> = {
  CIFS: 0xff53_4d42,
  'SMB2, as cifs.ko has it': 0xfe53_4d42,
  smbfs: 0x517b,
  NFS: 0x6969,
  FUSE: 0x6573_5546,
  '9p': 0x0102_1997,
  Ceph: 0x00c3_6400,
  // As a system with 32-bit longs gives it.
  'CIFS, negative': 0xff53_4d42 | 0,
};
const LOCAL: Readonly<Record<string, number>> = {
  'ext2 to ext4': 0xef53,
  btrfs: 0x9123_683e,
  XFS: 0x5846_5342,
  ZFS: 0x2fc1_2fc1,
  tmpfs: 0x0102_1994,
  overlayfs: 0x794c_7630,
  exFAT: 0x2011_bab0,
};

/** Nothing can be mounted where this runs: the types are given, not found. */
export const mounts: Proof = {
  name: 'mounts',
  shows: 'which file systems are scanned on a schedule, by injected statfs types; not run on a real mount',
  async run() {
    await using folder = await temporaryFolder('mounts');
    const reasons: Record<string, string> = {};
    let wrong = 0;
    for (const [name, type] of Object.entries(SHARED)) {
      const reason = await whyUnheard(folder.path, async () => type);
      if (reason === undefined) wrong++;
      else reasons[name] = reason;
    }
    for (const type of Object.values(LOCAL)) {
      if ((await whyUnheard(folder.path, async () => type)) !== undefined) wrong++;
    }
    return {
      gates: {
        wronglyTold: gate(wrong, 0),
        ownDiskIsWatched: gate((await whyUnheard(folder.path)) === undefined, true),
      },
      figures: { runOnARealMount: false, scheduled: reasons, watched: Object.keys(LOCAL) },
    };
  },
};
