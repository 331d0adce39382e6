import { expect, it } from 'vitest';
import { wire } from '../proof/wire.ts';
import { fileOfPackage } from '../support/debian.ts';

it(`shows, in small: ${wire.shows}`, { timeout: 300_000 }, async (context) => {
  fileOfPackage('chromium', '/usr/bin/chromium', context);
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  const said: string[] = [];
  const { gates } = await wire.run({ small: true, seed: 1, say: (text) => said.push(text) });
  const failed = Object.entries(gates).filter(([, { got, wanted }]) => got !== wanted);
  expect(failed, said.join('\n')).toEqual([]);
});
