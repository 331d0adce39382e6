import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openssl, opensslSkipped } from '../../test/support/openssl.ts';
import type { LibraryId, NodeId } from '../core/index.ts';
import { generatePassphrase } from './passphrase.ts';
import { encryptPkcs8 } from './pkcs8.ts';
import {
  createRecoveryKit,
  KIT_FILE,
  KIT_PAGE_FILE,
  openRecoveryKit,
  RECOVERY_KEY_FILE,
  renewKitNodes,
  ROOT_KEY_FILE,
  writeRecoveryKit,
} from './recovery-kit.ts';

const LIBRARY = 'a1'.repeat(16) as LibraryId;
const NODE = 'b2'.repeat(16) as NodeId;
const PASSPHRASE = generatePassphrase();

describe('the recovery kit', () => {
  let made: Awaited<ReturnType<typeof createRecoveryKit>>;
  let parent: string;
  let folder: string;

  beforeAll(async () => {
    made = await createRecoveryKit({
      libraryId: LIBRARY,
      passphrase: PASSPHRASE,
      nodes: [{ id: NODE, place: '/srv/<vault> & "co"' }],
      createdAtMs: Date.UTC(2026, 4, 17, 12),
    });
  });
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'clef-kit-'));
    folder = join(parent, 'recovery-kit');
    await writeRecoveryKit(folder, made.kit);
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('is four files in a folder, for its owner only', async () => {
    expect((await readdir(folder)).sort()).toEqual(
      [KIT_FILE, RECOVERY_KEY_FILE, KIT_PAGE_FILE, ROOT_KEY_FILE].sort(),
    );
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect(await readdir(parent)).toEqual(['recovery-kit']);
  });

  it('gives back its keys to whoever has the passphrase, however it was typed', async () => {
    const opened = await openRecoveryKit(folder, PASSPHRASE.toLowerCase().replaceAll('-', ''));
    expect(opened).toMatchObject({ libraryId: LIBRARY, nodes: [{ id: NODE, place: '/srv/<vault> & "co"' }] });
    expect(opened.createdAtMs).toBe(Date.UTC(2026, 4, 17, 12));
    expect(opened.root.kid).toBe(made.opened.root.kid);
    expect(opened.recovery.thumbprint).toBe(made.opened.recipient.thumbprint);
  });

  it.skipIf(opensslSkipped)(
    'opens with the openssl command: RSA-4096 and Ed25519 under PBES2 with 1,000,000 rounds',
    () => {
      const recovery = join(folder, RECOVERY_KEY_FILE);
      const root = join(folder, ROOT_KEY_FILE);
      const pass = ['-passin', `pass:${PASSPHRASE}`];
      expect(openssl(['pkey', '-in', recovery, ...pass, '-noout', '-text'])).toMatch(
        /Private-Key: \(4096 bit/,
      );
      expect(openssl(['pkey', '-in', root, ...pass, '-noout', '-text'])).toContain('ED25519 Private-Key');
      expect(openssl(['pkcs8', '-in', root, ...pass])).toContain('-----BEGIN PRIVATE KEY-----');
      const structure = openssl(['asn1parse', '-in', recovery]);
      expect(structure).toMatch(/PBES2[^]*PBKDF2[^]*INTEGER\s+:0F4240[^]*hmacWithSHA256[^]*aes-256-cbc/);
      expect(() => openssl(['pkey', '-in', recovery, '-passin', 'pass:wrong', '-noout'])).toThrow();
    },
  );

  it('refuses a wrong passphrase, and says when it is only mistyped', async () => {
    await expect(openRecoveryKit(folder, 'velvet otter piano gravel')).rejects.toMatchObject({
      code: 'wrong-passphrase',
    });
    const mistyped = PASSPHRASE.slice(0, -1) + (PASSPHRASE.endsWith('7') ? '8' : '7');
    await expect(openRecoveryKit(folder, mistyped)).rejects.toMatchObject({ code: 'wrong-passphrase' });
  });

  it('refuses keys that were exchanged, even under the same passphrase', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(join(folder, ROOT_KEY_FILE), await encryptPkcs8(privateKey, PASSPHRASE));
    await expect(openRecoveryKit(folder, PASSPHRASE)).rejects.toMatchObject({
      code: 'data-invalid',
      message: expect.stringContaining('not those') as string,
    });
    await writeFile(join(folder, ROOT_KEY_FILE), made.kit.recoveryKeyPem);
    await expect(openRecoveryKit(folder, PASSPHRASE)).rejects.toMatchObject({ code: 'data-invalid' });
  });

  it('refuses a description that was changed', async () => {
    const path = join(folder, KIT_FILE);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(made.kit.rootFingerprint, 'A'.repeat(43)));
    await expect(openRecoveryKit(folder, PASSPHRASE)).rejects.toMatchObject({ code: 'data-invalid' });
    await writeFile(path, text.slice(0, -10));
    await expect(openRecoveryKit(folder, PASSPHRASE)).rejects.toMatchObject({ code: 'data-invalid' });
  });

  it('refuses a key file with a flipped character', async () => {
    const path = join(folder, ROOT_KEY_FILE);
    const body = made.kit.rootKeyPem;
    for (let at = 40; at < body.length - 40; at += 41) {
      const flipped = body[at] === 'A' ? 'B' : 'A';
      await writeFile(path, body.slice(0, at) + flipped + body.slice(at + 1));
      const opened = openRecoveryKit(folder, PASSPHRASE);
      await expect(opened).rejects.toMatchObject({ name: 'ClefError' });
    }
  });

  it.each([KIT_FILE, RECOVERY_KEY_FILE, ROOT_KEY_FILE])('says that %s is missing', async (name) => {
    await rm(join(folder, name));
    await expect(openRecoveryKit(folder, PASSPHRASE)).rejects.toMatchObject({
      code: 'data-invalid',
      message: expect.stringContaining(`${name} of the recovery kit is missing`) as string,
    });
  });

  it('can be told of other nodes, and still opens', async () => {
    const moved = [{ id: NODE, place: '/mnt/new disk' }];
    await renewKitNodes(folder, moved);
    expect((await openRecoveryKit(folder, PASSPHRASE)).nodes).toEqual(moved);
    expect(await readFile(join(folder, KIT_PAGE_FILE), 'utf8')).toContain('/mnt/new disk');
  });

  it('is never written over another', async () => {
    await expect(writeRecoveryKit(folder, made.kit)).rejects.toMatchObject({ code: 'data-invalid' });
    expect(await readdir(parent)).toEqual(['recovery-kit']);
    expect(await openRecoveryKit(folder, PASSPHRASE)).toMatchObject({ libraryId: LIBRARY });
  });

  describe('on paper', () => {
    let page: string;
    beforeAll(async () => {
      const temporary = await mkdtemp(join(tmpdir(), 'clef-kit-page-'));
      await writeRecoveryKit(join(temporary, 'kit'), made.kit);
      page = await readFile(join(temporary, 'kit', KIT_PAGE_FILE), 'utf8');
      await rm(temporary, { recursive: true });
    });
    let copied: string;
    afterAll(() => rm(copied, { recursive: true }));

    it('never holds the passphrase', () => {
      expect(page).not.toContain(PASSPHRASE);
      expect(page.replaceAll(/<[^>]*>|[\s-]/g, '')).not.toContain(PASSPHRASE.replaceAll('-', ''));
    });

    it('loads nothing from anywhere and runs nothing', () => {
      expect(page).not.toMatch(/<script|src=|href=|url\(|@import|javascript:/i);
      expect(page).toContain("default-src 'none'");
    });

    it('escapes what a path may hold', () => {
      expect(page).toContain('/srv/&lt;vault&gt; &amp; &quot;co&quot;');
    });

    it.skipIf(opensslSkipped)('holds keys that open once they are typed off', async () => {
      copied = await mkdtemp(join(tmpdir(), 'clef-kit-copied-'));
      const pems = [...page.matchAll(/<pre>([^<]+)<\/pre>/g)].map((match) => match[1] ?? '');
      expect(pems).toHaveLength(2);
      await writeFile(join(copied, 'root.pem'), `${pems[1]}\n`);
      const text = openssl([
        'pkey',
        '-in',
        join(copied, 'root.pem'),
        '-passin',
        `pass:${PASSPHRASE}`,
        '-noout',
        '-text',
      ]);
      expect(text).toContain('ED25519 Private-Key');
    });

    it('shows the library id and the fingerprint whole', () => {
      const text = page.replaceAll(/<[^>]*>/g, '');
      expect(text).toContain(LIBRARY);
      expect(text).toContain(made.kit.rootFingerprint);
      expect(text).toContain(NODE);
    });
  });
});
