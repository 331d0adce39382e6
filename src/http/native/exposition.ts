import type { MetricSample, MetricSource } from '../ports.ts';
import { DURATION_BOUNDS, type Traffic } from './traffic.ts';

const DURATION_METRIC = 'clef_http_request_duration_seconds';

export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * In the Prometheus text format. prom-client is loaded with the first scrape, and measures the process from
 * then on; Clef's own counters count from the start.
 */
export async function createExposition(
  traffic: Traffic,
  sources: readonly MetricSource[],
): Promise<Exposition> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const processMetrics = new Registry();
  collectDefaultMetrics({ register: processMetrics });
  return {
    contentType: processMetrics.contentType,
    async text() {
      const samples = [...traffic.samples(), ...sources.flatMap((source) => source())];
      return `${await processMetrics.metrics()}${metricsText(samples)}${durationText(traffic)}`;
    },
  };
}

/** The Prometheus text format. */
export function metricsText(samples: readonly MetricSample[]): string {
  const byName = Map.groupBy(samples, ({ name }) => name);
  return Array.from(byName, ([name, group]) => {
    const [first] = group;
    const lines = group.map((sample) => `${name}${labelsText(sample.labels ?? {})} ${sample.value}`);
    return `# HELP ${name} ${first?.help}\n# TYPE ${name} ${first?.kind}\n${lines.join('\n')}\n\n`;
  }).join('');
}

function durationText(traffic: Traffic): string {
  const { cumulative, sumSeconds } = traffic.durations();
  const buckets = cumulative.map(
    (count, index) => `${DURATION_METRIC}_bucket{le="${DURATION_BOUNDS[index] ?? '+Inf'}"} ${count}`,
  );
  return [
    `# HELP ${DURATION_METRIC} Time to answer, media apart.`,
    `# TYPE ${DURATION_METRIC} histogram`,
    ...buckets,
    `${DURATION_METRIC}_sum ${sumSeconds}`,
    `${DURATION_METRIC}_count ${cumulative.at(-1) ?? 0}`,
    '',
  ].join('\n');
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
