import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { ClefError, toBase64Url } from '../../core/index.ts';
import type { Identity } from '../../speaker/index.ts';
import { writeDurably } from '../data-folder.ts';

const INSTANCE_BYTES = 12;
/** Numbers of commands are taken in so many at once, so that one is never given twice, however a process ends. */
const NUMBERS_A_START = 1_000_000;

const remembered = v.object({
  instanceId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16}$/)),
  name: v.string(),
  nextNumber: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
});

/** XDG Base Directory Specification 0.8. */
export function defaultStateFile(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'clef', 'speaker.json');
}

/** Who a speaker is: the same after each start, as `file` has it. Its name is the one given, or the one before. */
export async function speakerIdentity(file: string, name: string | undefined): Promise<Identity> {
  const before = await read(file);
  const instanceId = before?.instanceId ?? toBase64Url(randomBytes(INSTANCE_BYTES));
  const known = { instanceId, name: name ?? before?.name ?? hostname() };
  let next = before?.nextNumber ?? 1;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeDurably(file, `${JSON.stringify({ ...known, nextNumber: next + NUMBERS_A_START })}\n`);
  return { ...known, nextNumber: () => next++ };
}

async function read(file: string): Promise<v.InferOutput<typeof remembered> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ClefError(
      'usage',
      `the speaker's state cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      {
        cause,
      },
    );
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), remembered), text);
  if (!parsed.success)
    throw new ClefError('data-invalid', "the speaker's state is damaged; remove it, and it is a new speaker");
  return parsed.output;
}
