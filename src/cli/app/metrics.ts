import type { MetricSample } from '../../http/index.ts';
import type { LockedApp } from './app.ts';
import type { Companions } from './companions.ts';

/** What /metrics says beyond HTTP; answered from memory. */
export function metricsOf({ nodes, imports, drills, data, shell }: LockedApp): readonly MetricSample[] {
  const known = nodes.known();
  const { lastAtMs = data.identity.createdAtMs, isDue } = drills.standing();
  const { scanning, count } = imports.status();
  return [
    gauge('clef_nodes', 'Storage nodes that are configured.', known.length),
    gauge('clef_nodes_reachable', 'Storage nodes that answer.', nodes.reachable().length),
    gauge('clef_import_running', '1 while music is being imported.', scanning ? 1 : 0),
    gauge(
      'clef_import_files',
      'Files that the running import has looked at, or tracks when none runs.',
      count,
    ),
    gauge(
      'clef_keys_drill_age_seconds',
      'Since the recovery kit was last proved to work, or was made.',
      Math.max(0, Math.round((shell.now() - lastAtMs) / 1_000)),
    ),
    gauge('clef_keys_drill_due', '1 where `clef keys drill` is due.', isDue ? 1 : 0),
  ];
}

/** Nothing until the keys are there. */
export function companionMetrics(companions: Companions | undefined): readonly MetricSample[] {
  if (!companions) return [];
  const help = 'Originals without a packet table, as far as was looked.';
  return [gauge('clef_companions_missing', help, companions.missing)];
}

function gauge(name: string, help: string, value: number): MetricSample {
  return { name, help, kind: 'gauge', value };
}
