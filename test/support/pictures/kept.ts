import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { compare, MOST_IN_WINDOW, reduced } from './compare.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const KEPT = join(root, 'test', 'web', 'pictures');
/** Where a picture that differs is left for whoever looks for the reason. */
const LEFT = join(root, 'build', 'pictures');

/** A page as it looks now. */
export interface Picture {
  readonly name: string;
  readonly png: Uint8Array;
}

/** Says in what a picture is not as it is kept, and where both and their difference lie; undefined where it is. */
export async function differenceFromKept({ name, png }: Picture): Promise<string | undefined> {
  const kept = await readFile(fileOf(name)).catch(() => undefined);
  const seen = kept ? await compare(kept, png) : 'no such picture is kept yet';
  if (typeof seen !== 'string' && seen.worst <= MOST_IN_WINDOW) return undefined;
  await mkdir(LEFT, { recursive: true });
  const actual = join(LEFT, `${name}.png`);
  await writeFile(actual, png);
  if (typeof seen === 'string') return `${name}: ${seen} (${relative(root, actual)})`;
  const difference = join(LEFT, `${name}.difference.png`);
  await writeFile(difference, await seen.draw());
  const places = [actual, difference].map((path) => relative(root, path)).join(', ');
  return `${name}: ${seen.worst} pixels differ in one place (${places})`;
}

export async function keep({ name, png }: Picture): Promise<void> {
  await mkdir(KEPT, { recursive: true });
  await writeFile(fileOf(name), await reduced(png));
}

/** Names of all that are kept. */
export async function keptNames(): Promise<readonly string[]> {
  const files = await readdir(KEPT).catch(() => []);
  return files.filter((file) => file.endsWith('.webp')).map((file) => file.slice(0, -'.webp'.length));
}

export async function forget(name: string): Promise<void> {
  await rm(fileOf(name));
}

function fileOf(name: string): string {
  return join(KEPT, `${name}.webp`);
}
