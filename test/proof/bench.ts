import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isMet, type BenchResult } from '../../bench/support/bench.ts';
import { gate, type Proof } from './proof.ts';

const root = join(import.meta.dirname, '..', '..');

interface Outcome {
  readonly bench: { readonly name: string };
  readonly result: BenchResult | { readonly skipped: string };
}

/** Every figure beside its aim; an aim that is missed is said, not hidden. */
export const bench: Proof = {
  name: 'bench',
  shows: 'the figures of bench/, each beside its aim and its reference',
  async run({ small, say }) {
    const names = small ? ['aes', 'erasure'] : [];
    const child = spawn(process.execPath, [join(root, 'bench', 'main.ts'), '--json', ...names], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw new Error('a bench failed');
    const { machine, outcomes } = JSON.parse(output) as { machine: string; outcomes: readonly Outcome[] };
    const figures = outcomes.flatMap(({ bench: { name }, result }) =>
      'skipped' in result
        ? []
        : result.figures.map((figure) => ({ bench: name, ...figure, met: isMet(figure) })),
    );
    const missed = figures.filter(({ met }) => met === false);
    for (const { bench: name, name: what, value, unit } of missed)
      say(`aim missed: ${name}, ${what}: ${value} ${unit}`);
    return {
      gates: { skipped: gate(outcomes.filter(({ result }) => 'skipped' in result).length, 0) },
      figures: {
        machine,
        aims: figures.filter(({ met }) => met !== undefined).length,
        missed: missed.length,
        figures,
      },
    };
  },
};
