import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testSets } from '../../scripts/check/steps.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { logParts } from '../support/kept-logs.ts';
import { type NotedSecret, type SecretKind, SECRETS_FILE, TAP } from '../support/noted-secrets.ts';
import { formsOfSecret, searchLogs } from './log-search.ts';
import { type Gate, gate, type Proof } from './proof.ts';
import { runSuite, type SuiteResult } from './suite.ts';

const LANES = 2;
const SHOWN = 40;
const MOST_PATHS = 30;

/** How many secrets of a kind the whole suite has at least. */
const LEAST_SECRETS: Readonly<Record<SecretKind, number>> = {
  key: 1_000,
  setting: 10,
  service: 10,
  command: 20,
  cookie: 50,
  header: 50,
  query: 100,
  request: 50,
  answer: 50,
};

interface SmallSuite {
  readonly args: readonly string[];
  readonly parts: readonly string[];
  readonly kinds: readonly SecretKind[];
}

const small: SmallSuite = {
  args: [
    'test/e2e/gateways.test.ts',
    'src/edge/nginx/edge.test.ts',
    '--testNamePattern=are named with a ticket|take a ticket once|keeps sealed bytes|logs no query',
  ],
  parts: ['clef', 'command', 'gateway', 'nginx', 'nats'],
  kinds: ['key', 'setting', 'command', 'cookie', 'header', 'query', 'request', 'answer'],
};

/** The tests of the check, with every log that they make kept and then searched. */
export const logs: Proof = {
  name: 'logs',
  shows: 'nothing secret in any log of any part, searched for after the whole suite',
  async run({ small: isSmall, say }) {
    await using place = await temporaryFolder('proof-logs');
    const folder = join(place.path, 'logs');
    await mkdir(folder);
    const settings = { TEST_LOGS: folder, NODE_OPTIONS: `--import=${TAP}` };
    const startedMs = performance.now();
    const suites = isSmall ? [await runSuite(small.args, settings)] : await wholeSuite(settings);
    for (const { failed, output } of suites) if (failed > 0) say(output);
    const suiteSeconds = Math.round((performance.now() - startedMs) / 1000);

    const canaries = await plant(folder);
    const searched = await searchLogs(folder);
    const planted = new Set(searched.found.flatMap(({ log }) => (log.startsWith(CANARY) ? [log] : [])));
    const found = searched.found.filter(({ log }) => !log.startsWith(CANARY));
    for (const { log, kind, line } of found.slice(0, SHOWN)) say(`${kind} in ${log}: ${line}`);

    const gates: Record<string, Gate> = {
      failedTests: gate(sum(suites, 'failed'), 0),
      ranAny: gate(sum(suites, 'passed') > 0, true),
      secretsFound: gate(found.length, 0),
      plantedFound: gate(planted.size, canaries),
    };
    for (const part of isSmall ? small.parts : logParts)
      gates[`searched ${part}`] = gate((searched.logsByPart[part] ?? 0) > 0, true);
    const kinds = isSmall ? small.kinds : (Object.keys(LEAST_SECRETS) as SecretKind[]);
    for (const kind of kinds) {
      const least = isSmall ? 1 : LEAST_SECRETS[kind];
      gates[`${kind} secrets, at least ${least}`] = gate((searched.secretsByKind[kind] ?? 0) >= least, true);
    }
    const { [CANARY]: _, ...logsByPart } = searched.logsByPart;
    const paths = Object.entries(searched.pathsFound).toSorted(([, one], [, other]) => other - one);
    return {
      gates,
      figures: {
        tests: sum(suites, 'passed'),
        suiteSeconds,
        logsByPart,
        bytes: searched.bytes,
        secretsByKind: searched.secretsByKind,
        needles: searched.needles,
        pathPatterns: paths.length,
        pathsFound: Object.fromEntries(paths.slice(0, MOST_PATHS)),
      },
    };
  },
};

function sum(suites: readonly SuiteResult[], name: 'passed' | 'failed'): number {
  return suites.reduce((all, suite) => all + suite[name], 0);
}

/** As `npm run check` runs them. */
async function wholeSuite(settings: Record<string, string>): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  const waiting = testSets.values();
  const lane = async (): Promise<void> => {
    for (const { args } of waiting) results.push(await runSuite([...args, '--maxWorkers=1'], settings));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

const CANARY = 'canary';

/** A secret in each form, in a log each; answers how many are to be found. */
async function plant(folder: string): Promise<number> {
  const password = Buffer.from(`${randomBytes(12).toString('base64')} "é`);
  const note: NotedSecret = { kind: 'key', base64: password.toString('base64') };
  await appendFile(join(folder, SECRETS_FILE), `${JSON.stringify(note)}\n`);
  const forms = new Set(formsOfSecret(password).map((form) => form.toString('latin1')));
  let planted = 0;
  for (const form of forms) {
    const line = Buffer.from(`{"msg":"${form}"}\n`, 'latin1');
    await writeFile(join(folder, `${CANARY}.${planted++}.log`), line);
  }
  return planted;
}
