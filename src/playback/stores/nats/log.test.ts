import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeSessionLog, entryOf } from '../../../../test/contracts/session-log.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { openNatsAt } from '../../../../test/support/nats-stores.ts';
import { NATS_SERVER, type Nats, startNats } from '../../../../test/support/start-nats.ts';
import type { LogEntry } from '../../session/index.ts';

const KEY = { userId: 'us-1', sessionId: 'main' };
/** May do everything but hear what the stream tells. */
const DEAF = `
  jetstream: { store_dir: $STORE }
  authorization: { users: [
    { user: clef, password: secret },
    { user: deaf, password: secret, permissions: { subscribe: { deny: "*.told.>" } } }
  ] }`;

describe.skipIf(isAbsent(NATS_SERVER))('NATS', () => {
  let nats: Nats;
  let prefixes = 0;
  const failures: unknown[] = [];
  beforeAll(async () => {
    nats = await startNats(1);
  });
  afterAll(async () => {
    await nats[Symbol.asyncDispose]();
    expect(failures).toEqual([]);
  });

  const open = (prefix: string, url = nats.url) =>
    openNatsAt(url, { prefix, onFailure: (error) => failures.push(error) });

  async function restart(): Promise<void> {
    await nats.nodes[0]?.stop('SIGKILL');
    await nats.nodes[0]?.start();
  }

  describeSessionLog('NATS', { survives: true }, async () => {
    const prefix = `contract${++prefixes}`;
    await using stack = new AsyncDisposableStack();
    const { log } = stack.use(await open(prefix));
    const owned = stack.move();
    const another = async () => owned.use(await open(prefix)).log;
    return {
      log,
      other: another,
      async restarted() {
        await restart();
        return another();
      },
      [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
    };
  });

  test('passes on everything once and in order while NATS is killed and started', async () => {
    await using stores = await open('killed');
    await using others = await open('killed');
    const seen: number[] = [];
    using following = others.log.follow(KEY, 0, ({ seq }) => seen.push(seq));
    await following.caughtUp;
    const appends = Array.from({ length: 300 }, (_, i) => stores.log.append(KEY, entryOf(i + 1)));
    await appends[100];
    await restart();
    const appended = (await Promise.all(appends)).map(({ seq }) => seq);
    await expect.poll(() => seen.length).toBe(300);
    expect(seen).toEqual(appended);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
  });

  test('waits for a NATS that is away, says so, and keeps the order in which it was asked', async () => {
    await using stores = await open('away');
    const told: LogEntry[] = [];
    using _ = stores.log.followTentative(KEY, (entry) => told.push(entry));
    expect(stores.log.isReachable).toBe(true);
    await nats.nodes[0]?.stop('SIGKILL');
    const impatient = new AbortController();
    const [first, given, last] = [
      stores.log.append(KEY, entryOf(1)),
      stores.log.append(KEY, entryOf(1, 'tablet----------'), impatient.signal),
      stores.log.append(KEY, entryOf(2)),
    ];
    await expect.poll(() => told).toHaveLength(3);
    expect(told[0]).toEqual(entryOf(1));
    expect(stores.log.isReachable).toBe(false);
    impatient.abort();
    await expect(given).rejects.toMatchObject({ code: 'log-unreachable' });
    await nats.nodes[0]?.start();
    const [{ seq }, { seq: lastSeq }] = await Promise.all([first, last]);
    expect(lastSeq).toBe(seq + 1);
    await expect.poll(() => stores.log.isReachable).toBe(true);
  });

  test('asks for what it is not told', async () => {
    await using nats = await startNats(1, DEAF);
    const at = (user: string) => nats.url.replace('//', `//${user}:secret@`);
    await using stores = await open('deaf', at('clef'));
    await using deaf = await open('deaf', at('deaf'));
    const seen: number[] = [];
    using following = deaf.log.follow(KEY, 0, ({ seq }) => seen.push(seq));
    await following.caughtUp;
    const appended: number[] = [];
    for (let number = 1; number <= 200; number++)
      appended.push((await stores.log.append(KEY, entryOf(number))).seq);
    await expect.poll(() => seen).toEqual(appended);
  });

  test('keeps the last record that it lets go of, and begins nowhere before it', async () => {
    await using stores = await open('trimmed');
    const seqs: number[] = [];
    for (let number = 1; number <= 5; number++)
      seqs.push((await stores.log.append(KEY, entryOf(number))).seq);
    await stores.log.trim(KEY, seqs[2] ?? 0);
    const seen: number[] = [];
    using following = stores.log.follow(KEY, seqs[2] ?? 0, ({ seq }) => seen.push(seq));
    await following.caughtUp;
    expect(seen).toEqual(seqs.slice(3));
    const [passed, causes]: unknown[][] = [[], []];
    using cutOff = stores.log.follow(
      KEY,
      seqs[0] ?? 0,
      (record) => passed?.push(record),
      (cause) => causes?.push(cause),
    );
    await cutOff.caughtUp;
    expect(passed).toEqual([]);
    expect(causes).toHaveLength(1);
  });

  test('says what is wrong with a NATS that will not do', async () => {
    await using plain = await startNats(1, '');
    await expect(open('clef', plain.url)).rejects.toMatchObject({
      code: 'log-unfit',
      message: 'JetStream is not enabled in NATS',
    });
    await using closed = await startNats(1, DEAF);
    const refused = await open('clef', closed.url.replace('//', '//clef:wrong-secret@')).catch(String);
    expect(refused).toContain('NATS refuses the user');
    expect(refused).not.toContain('wrong-secret');
  });
});
