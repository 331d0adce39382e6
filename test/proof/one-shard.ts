import { type Connection, createConnection } from 'mysql2/promise';
import { applyShards } from '../../src/catalog/sql/shards/index.ts';
import { evenMap } from '../../src/catalog/sql/shards/bucket-map.ts';
import { promptSessions } from '../../src/catalog/sql/mysql/sessions.ts';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import { bucketsNamed, placesOf } from '../support/asked-shards.ts';
import { type Call, hotReads } from '../support/hot-calls.ts';
import { openStores, writeHotItems } from '../support/hot-world.ts';
import { multiplyRows } from '../support/multiply-rows.ts';
import { clientAddress, startShards } from '../support/shard-world.ts';
import { StatementLog } from '../support/statement-log.ts';
import { gate, type Proof } from './proof.ts';
import { median, quantile } from './tools.ts';

const NODES = 4;
const CONNECTIONS = [1, 16] as const;
const AIM = 2;

/** What is measured: the calls whose statements are taken, each statement by itself. */
const MEASURED = {
  album: 'albumTracks',
  artist: 'artistAlbums',
  'track for streaming': 'originalOf',
  stars: 'listAlbums: starred',
  queue: 'playQueue',
  playlist: 'playlist',
} as const;

interface Question {
  readonly name: string;
  readonly statement: string;
  /** Its data nodes, by number. */
  readonly places: readonly number[];
}

interface Times {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Hot queries ask one data node each, and cost little more than if it had been asked itself. */
export const oneShard: Proof = {
  name: 'one-shard',
  shows:
    'album, artist, track, stars, queue and playlist through Spider over four data nodes: one node each, p50 and p99 beside the same query sent to that node',
  async run({ small, say }) {
    const runs = small ? 2 : 5;
    const asksARun = small ? 32 : 800;
    // Of every row, so that the few tracks become this many times as many.
    const others = small ? 20 : 3_000;
    await using stack = new AsyncDisposableStack();
    const world = stack.use(await startShards({ nodes: NODES, spiders: 1 }));
    const servers = world.newServers();
    await applyShards(servers, { signal: AbortSignal.timeout(120_000), onProgress: () => undefined });
    const names = servers.nodes.map(({ name }) => name);
    const map = evenMap(names);
    const address = clientAddress(servers);

    const questions = await questionsOf(address, servers.spiders[0]?.address, (buckets) =>
      placesOf(map, names, buckets),
    );
    for (const { primary } of servers.nodes) await multiplyRows(primary, others);
    say(`${questions.length} statements over ${await countTracks(address)} tracks`);

    const through = await connect(stack, address, promptSessions.spiderReads);
    const straight = await Promise.all(
      servers.nodes.map(({ primary }) => connect(stack, primary, promptSessions.plain)),
    );
    const asked: Record<string, readonly number[]> = {};
    {
      await using told = await StatementLog.open(servers.nodes.map(({ primary }) => primary));
      for (const { name, statement } of questions) {
        await through[0]?.query(statement);
        await told.take();
        await through[0]?.query(statement);
        asked[name] = (await told.take()).flatMap((heard, at) =>
          heard.some(({ text }) => text.includes('select')) ? [at] : [],
        );
      }
    }

    const figures: Record<string, unknown> = {};
    let missed = 0;
    for (const { name, statement, places } of questions) {
      const [place] = places;
      const node = place === undefined ? undefined : straight[place];
      const beside = places.length === 1 ? node : undefined;
      const figure: Record<string, unknown> = { asks: asked[name] };
      for (const count of CONNECTIONS) {
        const spider: Times[] = [];
        const direct: Times[] = [];
        for (let run = 0; run < runs; run++) {
          spider.push(await timesOf(through.slice(0, count), statement, asksARun));
          if (beside) direct.push(await timesOf(beside.slice(0, count), asOfNode(statement), asksARun));
        }
        const [ours, theirs] = [medians(spider), medians(direct)];
        const ratio = { p50: round(ours.p50Ms / theirs.p50Ms), p99: round(ours.p99Ms / theirs.p99Ms) };
        if (beside && ratio.p50 > AIM) missed++;
        figure[`${count} connections`] = beside ? { spider: ours, direct: theirs, ratio } : { spider: ours };
      }
      figures[name] = figure;
      say(`${name}: ${JSON.stringify(figure)}`);
    }
    const wrong = questions.filter(({ name, places }) => String(asked[name]) !== String(places));
    return {
      gates: {
        statementsOfOtherNodes: gate(wrong.length, 0),
        statements: gate(questions.length > 0, true),
      },
      figures: { runs, asksARun, aim: AIM, ratiosOfP50AboveAim: missed, queries: figures },
    };
  },
};

/** The statements of each call as Clef sends them, each once. */
async function questionsOf(
  address: MysqlAddress,
  spider: MysqlAddress | undefined,
  placesOfBuckets: (buckets: readonly number[]) => readonly number[],
): Promise<readonly Question[]> {
  if (!spider) throw new Error('there is no Spider node');
  await using stores = await openStores(address);
  const items = await writeHotItems(stores);
  await using log = await StatementLog.open([spider]);
  const questions = new Map<string, Question>();
  for (const [name, of] of Object.entries(MEASURED)) {
    const { work } = hotReads[of] as Call;
    stores.database.forgetEverything();
    await log.take();
    await work(stores, items);
    const [said = []] = await log.take();
    for (const { text: statement } of said) {
      const buckets = bucketsNamed(statement);
      if (!statement.startsWith('select') || buckets.length === 0 || questions.has(statement)) continue;
      const table = / from `(\w+)`/.exec(statement)?.[1] ?? '';
      const number = questions.size + 1;
      const keys = buckets.length > 1 ? ` of ${buckets.length} buckets` : '';
      const question = { name: `${number} ${name}: ${table}${keys}`, statement };
      questions.set(statement, { ...question, places: placesOfBuckets(buckets) });
    }
  }
  return [...questions.values()];
}

async function countTracks(address: MysqlAddress): Promise<number> {
  await using stores = await openStores(address);
  const row = await stores.database.db
    .selectFrom('track')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return row?.count ?? 0;
}

async function connect(
  stack: AsyncDisposableStack,
  address: MysqlAddress,
  session: readonly string[],
): Promise<readonly Connection[]> {
  const { host, port, user, password, database } = address;
  const connections: Connection[] = [];
  for (let count = 0; count < Math.max(...CONNECTIONS); count++) {
    const connection = await createConnection({ host, port, user, password, database });
    stack.defer(() => connection.end());
    for (const setting of session) await connection.query(setting);
    connections.push(connection);
  }
  return connections;
}

/** Each connection asks again as soon as it is answered. */
async function timesOf(connections: readonly Connection[], statement: string, asks: number): Promise<Times> {
  const times: number[] = [];
  await Promise.all(
    connections.map(async (connection) => {
      await connection.query(statement);
      for (let ask = 0; ask < asks / connections.length; ask++) {
        const startedMs = performance.now();
        await connection.query(statement);
        times.push(performance.now() - startedMs);
      }
    }),
  );
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

/** A hint for Spider would have a data node scan. */
function asOfNode(statement: string): string {
  return statement.replace(' use index ()', '');
}

function medians(times: readonly Times[]): Times {
  return {
    p50Ms: round(median(times.map(({ p50Ms }) => p50Ms))),
    p99Ms: round(median(times.map(({ p99Ms }) => p99Ms))),
  };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
