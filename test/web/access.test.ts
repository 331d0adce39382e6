import { expect, it } from 'vitest';
import { access } from '../proof/access.ts';
import { fileOfPackage } from '../support/debian.ts';

it(`shows, in small: ${access.shows}`, { timeout: 600_000 }, async (context) => {
  fileOfPackage('chromium', '/usr/bin/chromium', context);
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  const said: string[] = [];
  const { gates } = await access.run({ small: true, seed: 1, say: (text) => said.push(text) });
  const failed = Object.entries(gates).filter(([, { got, wanted }]) => got !== wanted);
  expect(failed, said.filter((line) => !line.startsWith('by keyboard')).join('\n')).toEqual([]);
});
