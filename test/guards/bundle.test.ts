import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildBundle } from '../../scripts/build-bundle.ts';
import { VERSION } from '../../src/cli/version.ts';

const project = join(import.meta.dirname, '..', '..');
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'clef-bundle-'));
  for (const name of ['src', 'bin', 'package.json', 'package-lock.json'])
    await cp(join(project, name), join(root, name), { recursive: true });
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'), 'dir');
});
afterAll(() => rm(root, { recursive: true, force: true }));

function clef(...args: string[]): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(join(root, 'bin', 'clef'), args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { status, stdout };
}

/** In place of the bundle's program, one that tells that it was run. */
const PLANTED_STATUS = 77;
async function plant(): Promise<void> {
  await writeFile(
    join(root, 'build', 'bundle', 'program.js'),
    `export const runProgram = async () => ${PLANTED_STATUS};`,
  );
}

test('without a bundle the sources run as they are', () => {
  expect(clef('--version')).toEqual({ status: 0, stdout: `${VERSION}\n` });
});

test('the bundle runs while its sources are what it was made of, and is ignored from their first change', async () => {
  await buildBundle(root);
  expect(clef('--version')).toEqual({ status: 0, stdout: `${VERSION}\n` });
  await plant();
  expect(clef('--version').status).toBe(PLANTED_STATUS);

  await appendFile(join(root, 'src', 'core', 'errors.ts'), '\n');
  expect(clef('--version')).toEqual({ status: 0, stdout: `${VERSION}\n` });
});

test('a bundle that was not finished is ignored', async () => {
  await buildBundle(root);
  await plant();
  await rm(join(root, 'build', 'bundle', 'inputs.json'));
  expect(clef('--version').status).toBe(0);
  await mkdir(join(root, 'build', 'bundle', 'inputs.json'));
  expect(clef('--version').status).toBe(0);
});
