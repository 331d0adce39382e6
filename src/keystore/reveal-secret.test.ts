import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revealSecret } from './reveal-secret.ts';

describe('a generated secret', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'clef-reveal-'));
  });
  afterEach(() => rm(parent, { recursive: true }));

  const secret = { label: 'Password of admin', secret: 'k7qm-0v3t', fileName: 'admin-password' };

  it('is shown on a terminal and written nowhere', async () => {
    const written: string[] = [];
    const folder = join(parent, 'secrets');
    const target = { isTerminal: true, write: (text: string) => void written.push(text), folder };
    expect(await revealSecret(secret, target)).toEqual({ kind: 'shown' });
    expect(written).toEqual(['Password of admin: k7qm-0v3t\n']);
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('goes to a file of its owner elsewhere, which is named, and the text never to the log', async () => {
    const written: string[] = [];
    const folder = join(parent, 'secrets');
    const target = { isTerminal: false, write: (text: string) => void written.push(text), folder };
    const path = join(folder, 'admin-password');
    expect(await revealSecret(secret, target)).toEqual({ kind: 'written', path });
    expect(await readFile(path, 'utf8')).toBe('k7qm-0v3t\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(written.join('')).toContain(path);
    expect(written.join('')).not.toContain('k7qm');
  });
});
