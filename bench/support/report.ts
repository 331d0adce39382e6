import { type Bench, type BenchResult, type Figure, isMet } from './bench.ts';

export interface Outcome {
  readonly bench: Pick<Bench, 'name' | 'aim'>;
  /** A reason, where it did not run. */
  readonly result: BenchResult | { readonly skipped: string };
}

const COLUMNS = ['figure', 'measured', 'aim', 'met'] as const;
const SIGNIFICANT_DIGITS = 3;

/** For a terminal: columns in line. */
export function textTable(outcome: Outcome): string {
  if ('skipped' in outcome.result) return `${outcome.bench.name}: skipped, ${outcome.result.skipped}`;
  const rows = [COLUMNS, ...outcome.result.figures.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`${outcome.bench.name}: ${outcome.bench.aim}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** One section of docs/performance.md. */
export function markdownSection({ bench, result }: Outcome, measured: string): string {
  const parts = [`## ${bench.name}`, bench.aim];
  if ('skipped' in result) {
    parts.push(`Not measured: ${result.skipped}.`);
  } else {
    const rows = [COLUMNS, COLUMNS.map(() => '---'), ...result.figures.map(cells)];
    parts.push(rows.map((row) => `| ${row.join(' | ')} |`).join('\n'), ...result.notes);
  }
  parts.push(`${measured} \`npm run bench -- ${bench.name} --write\` measures it again.`);
  return `${parts.join('\n\n')}\n`;
}

const SECTION = /^## (.+)$/m;

/** The page with these sections exchanged or added; the others, and what stands before them, stay. */
export function withSections(
  page: string,
  sections: ReadonlyMap<string, string>,
  order: readonly string[],
): string {
  const [head = '', ...rest] = page.split(/^(?=## )/m);
  const merged = new Map<string, string>();
  for (const section of rest) {
    const name = SECTION.exec(section)?.[1];
    if (name !== undefined) merged.set(name, section);
  }
  for (const [name, section] of sections) merged.set(name, section);
  const names = [
    ...order.filter((name) => merged.has(name)),
    ...[...merged.keys()].filter((name) => !order.includes(name)),
  ];
  return [head, ...names.map((name) => merged.get(name) ?? '')]
    .map((part) => part.trimEnd())
    .join('\n\n')
    .concat('\n');
}

function cells(figure: Figure): readonly string[] {
  const { name, value, unit, aim } = figure;
  const met = isMet(figure);
  return [
    name,
    withUnit(value, unit),
    aim ? `${aim.kind} ${withUnit(aim.value, unit)}` : '',
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

function withUnit(value: number, unit: string): string {
  return unit === '' ? shown(value) : `${shown(value)} ${unit}`;
}

function shown(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Number(value.toPrecision(SIGNIFICANT_DIGITS)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}
