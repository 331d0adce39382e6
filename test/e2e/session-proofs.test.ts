import { describe, expect, test } from 'vitest';
import { isAbsent } from '../support/debian.ts';
import { NATS_SERVER } from '../support/start-nats.ts';
import { model } from '../proof/model.ts';
import { nats } from '../proof/nats.ts';

describe.skipIf(isAbsent(NATS_SERVER))('the promises of playback sessions, in small', () => {
  test.each([model, nats])('$name: $shows', async (proof) => {
    const said: string[] = [];
    const { gates } = await proof.run({ small: true, seed: 1, say: (text) => said.push(text) });
    for (const [name, { got, wanted }] of Object.entries(gates)) expect(got, name).toBe(wanted);
  });
});
