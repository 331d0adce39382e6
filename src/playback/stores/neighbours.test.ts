import { afterAll, beforeAll, describe } from 'vitest';
import { describeNeighbours } from '../../../test/contracts/neighbours.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { openNatsAt } from '../../../test/support/nats-stores.ts';
import { NATS_SERVER, type Nats, startNats } from '../../../test/support/start-nats.ts';
import { MemoryNeighbourhood } from './memory-neighbours.ts';

describeNeighbours('memory', async () => {
  const neighbourhood = new MemoryNeighbourhood();
  return {
    join: () => Promise.resolve(neighbourhood.join()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});

describe.skipIf(isAbsent(NATS_SERVER))('with a server', () => {
  let nats: Nats;
  beforeAll(async () => {
    nats = await startNats(1);
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  describeNeighbours('NATS', async () => {
    const stack = new AsyncDisposableStack();
    return {
      join: async () => stack.use(await openNatsAt(nats.url, { prefix: 'neighbours' })).neighbours,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  });
});
