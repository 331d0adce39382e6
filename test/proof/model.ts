import { join } from 'node:path';
import type { SessionLog } from '../../src/playback/session/index.ts';
import { openSqliteLog } from '../../src/playback/stores/sqlite-log.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { openNatsAt } from '../support/nats-stores.ts';
import { playModel, sendCopies, skipTogether } from '../support/session-model.ts';
import { startNats } from '../support/start-nats.ts';
import { gate, type Gate, type Proof } from './proof.ts';

const SERVERS = 3;

/** Whatever is sent, in whatever order it arrives: everyone who folds the log has the same state. */
export const model: Proof = {
  name: 'model',
  shows:
    'random commands, copies, late ones and absences over both logs: every replica ends with the same state, fifty skips are one',
  async run({ small, seed, say }) {
    const runs = small ? 25 : 1_000;
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryFolder('model'));
    const nats = stack.use(await startNats(1));
    const sqlite = stack.use(
      openSqliteLog({ file: join(folder.path, 'log.sqlite'), newLogId: () => 'model', now: Date.now }),
    );
    const overNats: SessionLog[] = [];
    for (let i = 0; i < SERVERS; i++) overNats.push(stack.use(await openNatsAt(nats.url)).log);
    const adapters = {
      sqlite: Array.from({ length: SERVERS }, () => sqlite),
      nats: overNats,
    };

    const gates: Record<string, Gate> = {};
    const figures: Record<string, unknown> = { runs };
    for (const [name, logs] of Object.entries(adapters)) {
      const startedMs = performance.now();
      const totals = { commands: 0, records: 0, diverged: 0, replayedOtherwise: 0 };
      for (let run = 0; run < runs; run++) {
        const key = { userId: 'us-1', sessionId: `run-${run}` };
        const { commands, records, hashes, isReplayed } = await playModel(logs, key, seed * 10_000 + run);
        totals.commands += commands;
        totals.records += records;
        if (new Set(hashes).size !== 1) totals.diverged++;
        if (!isReplayed) totals.replayedOtherwise++;
        if (run % 100 === 99) say(`${run + 1} runs over ${name}`);
      }
      gates[`${name}: runs whose replicas differ`] = gate(totals.diverged, 0);
      gates[`${name}: runs whose replay differs`] = gate(totals.replayedOtherwise, 0);
      gates[`${name}: skips of fifty at once`] = gate(
        await skipTogether(logs, { userId: 'us-1', sessionId: 'skips' }),
        1,
      );
      gates[`${name}: songs further by a hundred copies`] = gate(
        await sendCopies(logs, { userId: 'us-1', sessionId: 'copies' }),
        1,
      );
      figures[name] = {
        commands: totals.commands,
        records: totals.records,
        seconds: Number(((performance.now() - startedMs) / 1000).toFixed(1)),
      };
    }
    return { gates, figures };
  },
};
