import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type Aead, CHUNK_BYTES } from '../src/crypto/index.ts';
import { nodeAead } from '../src/vault/node-aead.ts';
import { atLeast, BenchSkipped, type BenchResult } from './support/bench.ts';
import { median } from './support/measure.ts';

export const name = 'aes';
export const aim =
  'Sealing and opening 64 KiB chunks beside `openssl speed -evp aes-256-gcm` on blocks of that size.';

const RUNS = 7;
const RUN_SECONDS = 1;
const CHUNKS_A_TURN = 64;

export async function run(): Promise<BenchResult> {
  const aead = await nodeAead(new Uint8Array(randomBytes(32)));
  const plaintext = new Uint8Array(randomBytes(CHUNK_BYTES));
  const sealed = await aead.seal(nonceOf(0), plaintext);
  // One after another in each run, so that whatever else the machine does meets all of them.
  const runs: { openssl: number; seal: number; open: number }[] = [];
  for (let i = 0; i <= RUNS; i++) {
    runs.push({
      openssl: await opensslRate(),
      seal: await chunkRate((turn) => aead.seal(nonceOf(turn), plaintext)),
      open: await chunkRate(() => aead.open(nonceOf(0), sealed)),
    });
  }
  const counted = runs.slice(1);
  const program = await openssl('version');
  const rate = (of: (run: (typeof runs)[number]) => number): number => median(counted.map(of));
  return {
    figures: [
      {
        name: 'open, share of openssl',
        value: rate((run) => run.open / run.openssl),
        unit: '',
        aim: atLeast(0.9),
      },
      {
        name: 'seal, share of openssl',
        value: rate((run) => run.seal / run.openssl),
        unit: '',
        aim: atLeast(0.9),
      },
      { name: 'open', value: rate((run) => run.open), unit: 'GB/CPU-s' },
      { name: 'seal', value: rate((run) => run.seal), unit: 'GB/CPU-s' },
      { name: 'openssl speed', value: rate((run) => run.openssl), unit: 'GB/CPU-s' },
    ],
    notes: [
      `The median of ${RUNS} runs of ${RUN_SECONDS} CPU-second each, openssl and ours in turn. Ours includes a new cipher, its tag and a buffer for each chunk, given back at once as the vault gives it back; openssl encrypts one buffer in place with one cipher. The program is ${program.split(' ', 2).join(' ')}, Node brings OpenSSL ${process.versions.openssl}.`,
    ],
  };
}

async function chunkRate(work: (turn: number) => ReturnType<Aead['seal']>): Promise<number> {
  const before = process.cpuUsage();
  let chunks = 0;
  for (;;) {
    for (let i = 0; i < CHUNKS_A_TURN; i++) {
      const result = work(chunks + i);
      // Awaiting what is there already would measure the event loop.
      const bytes = result instanceof Promise ? await result : result;
      // As the vault does once it has passed the bytes on.
      bytes.buffer.transfer(0);
    }
    chunks += CHUNKS_A_TURN;
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    if (seconds >= RUN_SECONDS) return (chunks * CHUNK_BYTES) / 1e9 / seconds;
  }
}

/** GB per CPU-second; openssl counts user time unless told otherwise. */
async function opensslRate(): Promise<number> {
  const options = ['-mr', '-seconds', String(RUN_SECONDS), '-bytes', String(CHUNK_BYTES)];
  const stdout = await openssl('speed', ...options, '-evp', 'aes-256-gcm');
  const bytesPerSecond = Number(/^\+F:\d+:[^:]+:([\d.]+)$/m.exec(stdout)?.[1]);
  if (!(bytesPerSecond > 0)) throw new Error(`openssl speed answered something else:\n${stdout}`);
  return bytesPerSecond / 1e9;
}

async function openssl(...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)('openssl', args)).stdout;
  } catch (error) {
    throw new BenchSkipped('the program openssl is missing', { cause: error });
  }
}

function nonceOf(turn: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, turn);
  return nonce;
}
