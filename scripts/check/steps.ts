import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, relative } from 'node:path';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed and how, for the end of the log: others go on printing after it failed. */
  readonly failures: readonly string[];
}

export interface Step {
  readonly name: string;
  run(root: string): Promise<Tally>;
}

interface Outcome {
  readonly status: number;
  /** Standard output alone: what a tool says besides is no JSON. */
  readonly stdout: string;
  readonly output: string;
}

interface ExecOptions {
  readonly isShown?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

function exec(
  root: string,
  command: string,
  args: readonly string[],
  { isShown = false, env = {} }: ExecOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules', '.bin', command), args, {
      cwd: root,
      stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0', ...env },
    });
    let stdout = '';
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? 1, stdout, output }));
  });
}

/** A tool that is content or not: one passed or one failed. */
function tool(name: string, command: string, ...args: string[]): Step {
  return {
    name,
    async run(root) {
      const { status, output } = await exec(root, command, args);
      if (status === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
      console.log(output);
      return { passed: 0, failed: 1, skipped: 0, failures: [`${name}: see above`] };
    },
  };
}

interface CruiseResult {
  readonly summary: {
    readonly violations: readonly { rule: { name: string }; from: string; to: string }[];
    readonly totalCruised: number;
  };
  readonly modules: readonly { readonly source: string }[];
}

/** Files under src/ that dependency-cruiser saw, and what it found; it has been seen to pass on none at all. */
export async function cruise(
  root: string,
  options: { readonly preload?: URL } = {},
): Promise<{ readonly violations: readonly string[]; readonly modules: number }> {
  const preload = options.preload ?? new URL('./swc-parsing.mjs', import.meta.url);
  const { stdout } = await exec(
    root,
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'],
    { env: { NODE_OPTIONS: `--import=${preload.href}` } },
  );
  const { summary, modules } = JSON.parse(stdout) as CruiseResult;
  return {
    violations: summary.violations.map(
      (violation) => `${violation.rule.name}: ${violation.from} -> ${violation.to}`,
    ),
    modules: modules.filter(({ source }) => /^src\/.*\.tsx?$/.test(source)).length,
  };
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const MOST_OF_A_MESSAGE = 600;

function failuresOf(root: string, { testResults }: VitestReport): string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    const tests = assertionResults
      .filter(({ status }) => status === 'failed')
      .map(
        ({ fullName, failureMessages }) =>
          `${file}: ${fullName}\n  ${failureMessages.join('\n  ').slice(0, MOST_OF_A_MESSAGE)}`,
      );
    return message ? [`${file}: ${message.slice(0, MOST_OF_A_MESSAGE)}`, ...tests] : tests;
  });
}

const IN_BROWSERS = 'test/web';
const END_TO_END = 'test/e2e';
const STORAGE = ['src/vault', 'src/smb'];
const MEDIA = ['src/ingest', 'src/transcode', 'src/speaker'];
const CATALOG = ['src/catalog', 'src/accounts'];
const HTTP = ['src/http'];

/** Files that run one after the other. Sets side by side take less time than one with more workers, whose files wait for the longest. */
interface TestSet {
  readonly name: string;
  readonly args: readonly string[];
}

/** The longest first, and short ones to end with, so that the lanes end about together. */
export const testSets: readonly TestSet[] = [
  // What plays in a browser is heard or seen to falter where others want the same processors. A page that had to wait
  // for a processor once is no fault of Clef's; what is one is so again.
  { name: 'in-browsers', args: [IN_BROWSERS, '--retry=1'] },
  { name: 'end-to-end', args: [END_TO_END] },
  { name: 'catalog', args: CATALOG },
  { name: 'media', args: MEDIA },
  { name: 'storage', args: STORAGE },
  {
    name: 'others',
    args: [IN_BROWSERS, END_TO_END, ...STORAGE, ...MEDIA, ...CATALOG, ...HTTP].map(
      (folder) => `--exclude=${folder}/**`,
    ),
  },
  { name: 'http', args: HTTP },
];

const tests: Step = {
  name: 'tests',
  async run(root) {
    const waiting = testSets.values();
    const lane = async (): Promise<Tally> => {
      const tallies: Tally[] = [];
      for (const set of waiting) tallies.push(await vitest(root, set));
      return total(tallies);
    };
    return total(await Promise.all(Array.from({ length: cpus().length }, lane)));
  },
};

async function vitest(root: string, { name, args }: TestSet): Promise<Tally> {
  const report = join(root, 'build', `tests-${name}.json`);
  await rm(report, { force: true });
  const reporting = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = await exec(root, 'vitest', ['run', ...args, '--maxWorkers=1', ...reporting], {
    isShown: true,
  });
  const text = await readFile(report, 'utf8').catch(() => undefined);
  // It ended before it could write one, and has said why.
  if (text === undefined)
    return { passed: 0, failed: 1, skipped: 0, failures: [`${name}: ended without a report`] };
  const result = JSON.parse(text) as VitestReport;
  const failures = failuresOf(root, result);
  // Errors outside of tests fail a run without failing one of its tests.
  if (status !== 0 && failures.length === 0)
    failures.push(`${name}: an error outside of its tests, see above`);
  return {
    passed: result.numPassedTests,
    failed: Math.max(result.numFailedTests, status === 0 ? 0 : 1),
    skipped: result.numPendingTests + result.numTodoTests,
    failures,
  };
}

export function total(tallies: readonly Tally[]): Tally {
  const sum = (count: (tally: Tally) => number) => tallies.reduce((all, tally) => all + count(tally), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    failures: tallies.flatMap(({ failures }) => failures),
  };
}

export const steps: readonly Step[] = [
  tool('types', 'tsc', '--noEmit'),
  tool('lint', 'oxlint', '--type-aware', '--deny-warnings', 'src', 'bin', 'test', 'bench', 'scripts'),
  tool('format', 'biome', 'format', '.'),
  tool('unused', 'knip'),
  tests,
];
