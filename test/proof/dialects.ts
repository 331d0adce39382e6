import { isDeepStrictEqual } from 'node:util';
import { Database } from '../../src/catalog/sql/index.ts';
import { compareAnswers, parting } from '../support/dialects/compare.ts';
import { type Filled, fill } from '../support/dialects/fill.ts';
import { questions } from '../support/dialects/questions.ts';
import { openDialects } from '../support/dialects/world.ts';
import { clientAddress, startShards } from '../support/shard-world.ts';
import { startMariadb } from '../support/start-mariadb.ts';
import { type Dialect, suites } from './dialect-suites.ts';
import { type Gate, gate, type Proof, type ProofOptions, type ProofResult } from './proof.ts';
import { runSuite, suiteGates } from './suite.ts';

const NODES = 4;
const SHOWN_DIFFERENCES = 20;
/** Two suites at a time, as `npm run check` runs its own. */
const LANES: readonly (readonly Dialect[])[] = [['spider'], ['sqlite', 'mariadb']];

/** One contract, one set of tests, one answer: wherever the catalogue lies. */
export const dialects: Proof = {
  name: 'dialects',
  shows:
    'the contract and end-to-end suites green on SQLite, on one MariaDB, and on Spider over four data nodes; every read query answers alike, order included',
  async run(options) {
    const answers = await sameAnswers(options);
    const gates: Record<string, Gate> = { ...answers.gates };
    const figures: Record<string, unknown> = { ...answers.figures };
    if (options.small) return { gates, figures };
    await Promise.all(
      LANES.map(async (lane) => {
        for (const dialect of lane) {
          const suite = await runOver(dialect, options);
          Object.assign(gates, suite.gates);
          figures[dialect] = suite.figures;
        }
      }),
    );
    return { gates, figures };
  },
};

async function runOver(dialect: Dialect, { say }: ProofOptions): Promise<ProofResult> {
  const { files, leftOut } = suites[dialect];
  const startedMs = performance.now();
  const excluded = Object.keys(leftOut).map((file) => `--exclude=${file}`);
  const result = await runSuite([...files, ...excluded], { CLEF_TEST_CATALOG: dialect });
  if (result.failed > 0) say(result.output);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  say(`${dialect}: ${result.passed} passed, ${result.failed} failed, after ${seconds} s`);
  const gates = Object.entries(suiteGates(result)).map(([name, value]) => [`${dialect} ${name}`, value]);
  return {
    gates: Object.fromEntries(gates) as ProofResult['gates'],
    figures: { tests: result.passed, seconds, leftOut },
  };
}

/** Three catalogues that were written alike, asked everything that can be read by the ports. */
async function sameAnswers({ small, seed, say }: ProofOptions): Promise<ProofResult> {
  await using stack = new AsyncDisposableStack();
  const [shards, server] = await Promise.all([startShards({ nodes: NODES, spiders: 1 }), startMariadb()]);
  stack.use(shards);
  stack.use(server);
  const { servers } = stack.use(await shards.lease());
  const others: Record<Exclude<Dialect, 'sqlite'>, Database> = {
    mariadb: stack.use(await Database.connect(await server.newDatabase())),
    spider: stack.use(await Database.connect(clientAddress(servers))),
  };
  const worlds = await openDialects(stack, others);
  const library = { tracks: small ? 150 : 3_000, marks: small ? 12 : 60, seed };
  const written: Filled[] = [];
  // One after the other: SQLite holds up the process in which answers of the others are waited for.
  for (const world of worlds) written.push(await fill(world, library));
  const [filled] = written;
  if (!filled) throw new Error('nothing was written');
  const otherwise = written.filter((each) => !isDeepStrictEqual(each, filled));
  for (const each of otherwise) say(`written otherwise: ${parting(filled, each)}`);
  for (const world of worlds) await world.findEverything();
  say(`${filled.tracks.length} tracks are in each of ${worlds.map(({ name }) => name).join(', ')}`);
  const { answers, empty, failed, byMethod, differences } = await compareAnswers(
    worlds,
    questions(filled, { items: small ? 10 : 100 }),
  );
  for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) say(JSON.stringify(difference));
  return {
    gates: {
      writtenOtherwise: gate(otherwise.length, 0),
      differences: gate(differences.length, 0),
      failedAnswers: gate(failed, 0),
      mostAnswersFoundSomething: gate(answers > 2 * empty, true),
    },
    figures: {
      tracks: filled.tracks.length,
      albums: filled.albums.length,
      artists: filled.artists.length,
      listeners: filled.users.length,
      playlists: filled.playlists.length,
      answers,
      emptyAnswers: empty,
      comparisons: answers * (worlds.length - 1),
      differences: differences.length,
      answersByMethod: byMethod,
      notCompared: {
        catalogId: 'each catalogue has a name of its own',
        'lastSeq, trimmedUpTo, and the order of changesAfter':
          'places in a change stream are its own; the last change of each row is compared',
        'rowVersion, and the order of snapshot':
          'imports write a row as often as they have transactions of it; shards are read one after the other',
      },
    },
  };
}
