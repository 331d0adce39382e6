import { expect, it } from 'vitest';
import { logs } from '../proof/logs.ts';
import { fileOfPackage } from '../support/debian.ts';
import { LUA_MODULE } from '../support/start-edge.ts';
import { NATS_SERVER } from '../support/start-nats.ts';

it(`shows: ${logs.shows}`, { timeout: 180_000 }, async (context) => {
  fileOfPackage('libnginx-mod-http-lua', LUA_MODULE, context);
  fileOfPackage('nats-server', NATS_SERVER, context);
  const said: string[] = [];
  const { gates } = await logs.run({ small: true, seed: 1, say: (text) => said.push(text) });
  const failed = Object.entries(gates).filter(([, { got, wanted }]) => got !== wanted);
  expect(failed, said.join('\n')).toEqual([]);
});
