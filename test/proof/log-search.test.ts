import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/clef-process.ts';
import { type NotedSecret, SECRETS_FILE } from '../support/noted-secrets.ts';
import { formsOfSecret, searchLogs } from './log-search.ts';

const secret = Buffer.from('correct "horse" é battery');

it('finds a secret in each form that a log may show it in, and shows it nowhere', async () => {
  await using place = await temporaryFolder('log-search');
  const note: NotedSecret = { kind: 'setting', base64: secret.toString('base64') };
  await writeFile(join(place.path, SECRETS_FILE), `${JSON.stringify(note)}\n`);
  const forms = [...new Set(formsOfSecret(secret).map((form) => form.toString('latin1')))];
  for (const [at, form] of forms.entries())
    await writeFile(join(place.path, `clef.${at}.log`), Buffer.from(`{"msg":"${form}"}\n`, 'latin1'));
  await writeFile(join(place.path, 'nginx.0.log'), 'correct horse\n');
  const { found, logsByPart } = await searchLogs(place.path);
  expect(new Set(found.map(({ log }) => log)).size).toBe(forms.length);
  expect(found.map(({ line }) => line).join('')).not.toContain('battery');
  expect(found.some(({ log }) => log.startsWith('nginx'))).toBe(false);
  expect(logsByPart).toEqual({ clef: forms.length, nginx: 1 });
});
