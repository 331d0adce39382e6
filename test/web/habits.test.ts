import { expect, it } from 'vitest';
import { habits } from '../proof/habits.ts';
import { fileOfPackage } from '../support/debian.ts';

it(`shows, in small: ${habits.shows}`, { timeout: 600_000 }, async (context) => {
  for (const [name, file] of [
    ['chromium', '/usr/bin/chromium'],
    ['ffmpeg', '/usr/bin/ffmpeg'],
    ['dbus-daemon', '/usr/bin/dbus-daemon'],
    ['dbus-bin', '/usr/bin/dbus-send'],
  ] as const)
    fileOfPackage(name, file, context);
  const said: string[] = [];
  const { gates } = await habits.run({ small: true, seed: 1, say: (text) => said.push(text) });
  const failed = Object.entries(gates).filter(([, { got, wanted }]) => got !== wanted);
  expect(failed, said.join('\n')).toEqual([]);
});
