import { readFile } from 'node:fs/promises';
import { parse as parseToml } from 'smol-toml';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';

/** What opens a bucket, a database or a share, from a file of its own. No fault of it quotes the file. */
export async function readKeyFile<Schema extends v.GenericSchema>(
  file: string,
  wanted: {
    readonly of: 'a bucket' | 'a database' | 'a share';
    /** What named it; `CLEF_NODES` unless told otherwise. */
    readonly by?: string;
    readonly schema: Schema;
    readonly lines: string;
  },
): Promise<v.InferOutput<Schema>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError(
      'config-invalid',
      `${wanted.by ?? 'CLEF_NODES'}: the key file of ${wanted.of} cannot be read (${code})`,
    );
  }
  let value: unknown;
  try {
    value = parseToml(text);
  } catch {
    // The parser's own words would quote the secret.
  }
  const parsed = v.safeParse(wanted.schema, value);
  if (parsed.success) return parsed.output;
  throw new ClefError(
    'config-invalid',
    `${wanted.by ?? 'CLEF_NODES'}: the key file of ${wanted.of} wants two lines: ${wanted.lines}`,
  );
}
