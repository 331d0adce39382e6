import { describe, expect, test } from 'vitest';
import { isAbsent } from '../support/debian.ts';
import { NATS_SERVER } from '../support/start-nats.ts';
import { fanout } from '../proof/fanout.ts';
import { model } from '../proof/model.ts';
import { nats } from '../proof/nats.ts';
import type { Proof } from '../proof/proof.ts';

describe('the promises of playback sessions, in small', () => {
  test.each([fanout])('$name: $shows', (proof) => holds(proof));

  describe.skipIf(isAbsent(NATS_SERVER))('with NATS', () => {
    test.each([model, nats])('$name: $shows', (proof) => holds(proof));
  });
});

async function holds(proof: Proof): Promise<void> {
  const said: string[] = [];
  const { gates } = await proof.run({ small: true, seed: 1, say: (text) => said.push(text) });
  for (const [name, { got, wanted }] of Object.entries(gates)) expect(got, name).toBe(wanted);
}
