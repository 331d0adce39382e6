import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

export interface SecretToReveal {
  /** What it is, for the person: "Password of admin". */
  readonly label: string;
  readonly secret: string;
  /** Name of the file where it goes without a terminal: `admin-password`. */
  readonly fileName: string;
}

export interface RevealTarget {
  /** Whether a person looks on: a log, a pipe and a service manager keep what they are given. */
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  /** Made, for its owner only, where it is not there. */
  readonly folder: string;
}

export type Revealed = { readonly kind: 'shown' } | { readonly kind: 'written'; readonly path: string };

/** Shows a generated secret once, on a terminal; elsewhere writes it to a 0600 file for the caller to name. */
export async function revealSecret(
  { label, secret, fileName }: SecretToReveal,
  { isTerminal, write, folder }: RevealTarget,
): Promise<Revealed> {
  if (isTerminal) {
    write(`${label}: ${secret}\n`);
    return { kind: 'shown' };
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, fileName);
  await writePrivateFile(path, `${secret}\n`, { existing: 'replace' });
  write(
    `${label}: written to ${path}, readable by you only; delete the file once you have kept it elsewhere\n`,
  );
  return { kind: 'written', path };
}
