import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cruise } from '../../scripts/check/steps.ts';

const root = join(import.meta.dirname, '..', '..');

/** One planted file for each rule that a real change could break. */
const planted = [
  { rule: 'core-direction', file: 'src/core/planted.ts', text: "import '../vault/index.ts';\n" },
  { rule: 'vault-direction', file: 'src/vault/planted.ts', text: "import '../catalog/index.ts';\n" },
  { rule: 'catalog-direction', file: 'src/catalog/planted.ts', text: "import '../http/index.ts';\n" },
  { rule: 'pure-without-node', file: 'src/crypto/planted.ts', text: "import 'node:fs';\n" },
  { rule: 'through-the-index', file: 'src/vault/planted-deep.ts', text: "import '../crypto/sizes.ts';\n" },
  { rule: 'web-reads', file: 'src/web/planted.ts', text: "import '../crypto/index.ts';\n" },
  { rule: 'pure-without-node', file: 'src/web/planted-node.ts', text: "import 'node:fs';\n" },
  {
    rule: 'adapters-only-from-cli',
    file: 'src/http/planted.ts',
    text: "import '../vault/nodes/directory.ts';\n",
  },
  { rule: 'shares-behind-ports', file: 'src/vault/planted-share.ts', text: "import '../smb/index.ts';\n" },
  { rule: 'samba-in-its-own-process', file: 'src/smb/planted.ts', text: "import 'koffi';\n" },
  { rule: 'no-dev-dependencies-in-product', file: 'src/ingest/planted.ts', text: "import 'fast-check';\n" },
  { rule: 'no-circular', file: 'src/core/planted-circle.ts', text: "import './planted-circle.ts';\n" },
];

describe('the directions of the house', () => {
  let copy: string;
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'clef-directions-'));
    await cp(join(root, 'src'), join(copy, 'src'), { recursive: true });
    for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json'])
      await cp(join(root, file), join(copy, file));
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rm(copy, { recursive: true }));

  it('are kept, and the tool has seen every source file', async () => {
    const { violations, modules } = await cruise(root);
    expect(violations).toEqual([]);
    const files = (await readdir(join(root, 'src'), { recursive: true })).filter(
      (file) => /\.(ts|tsx)$/.test(file) && !file.includes('assembly'),
    );
    expect(modules).toBe(files.length);
    expect(modules).toBeGreaterThan(10);
  });

  it('are not believed to be kept where the tool sees no module, as without @swc/core', async () => {
    const { modules } = await cruise(copy, { preload: new URL('./without-swc.mjs', import.meta.url) });
    expect(modules).toBe(0);
  });

  it('are seen to be broken when a violation is planted', async () => {
    for (const { file, text } of planted) {
      await mkdir(join(copy, file, '..'), { recursive: true });
      await writeFile(join(copy, file), text);
    }
    const { violations } = await cruise(copy);
    for (const { rule, file } of planted) {
      expect(
        violations.some((violation) => violation.startsWith(`${rule}: ${file}`)),
        `${rule} in ${file}`,
      ).toBe(true);
    }
  });
});
