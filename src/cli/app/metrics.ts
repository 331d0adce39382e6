import type { MetricSample } from '../../http/index.ts';
import { callKinds, type NodeMeter } from '../../vault/nodes/measure.ts';
import type { LockedApp } from './app.ts';
import type { Companions } from './companions.ts';

/** What /metrics says beyond HTTP; answered from memory. */
export function metricsOf(app: LockedApp): readonly MetricSample[] {
  const { nodes, registry, imports, drills, data, shell, vaultFigures, playing, keptPlays } = app;
  const heardOfAllAtMs = app.database.heardOfAllAtMs ?? shell.now();
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
    ...known.map(({ id, failureDomain, state }) => {
      const labels = { node: id, domain: failureDomain };
      return gauge('clef_node_up', '1 while the node answers.', state.kind === 'online' ? 1 : 0, labels);
    }),
    gauge(
      'clef_search_lag_seconds',
      'For how long the search index has been behind changes that this server heard of.',
      app.searchLagMs() / 1_000,
    ),
    gauge(
      'clef_changes_unheard_seconds',
      'Since this server had last heard of all that any server changed in the catalogue.',
      Math.max(0, shell.now() - heardOfAllAtMs) / 1_000,
    ),
    ...(playing.playFile
      ? [
          gauge(
            'clef_play_file_lag_seconds',
            'For how long the play file has been behind changes that this server heard of.',
            playing.playFile.lagMs() / 1_000,
          ),
          gauge(
            'clef_play_file_in_step',
            '1 where everything would play on if the catalogue’s database went away now.',
            playing.playFile.isInStep() ? 1 : 0,
          ),
        ]
      : []),
    ...(keptPlays
      ? [gauge('clef_kept_plays', 'Plays that wait for the catalogue’s database.', keptPlays.count)]
      : []),
    ...nodeMetrics(registry.meter),
    ...vaultFigures.samples(shell.now(), data.identity.createdAtMs),
    gauge(
      'clef_keys_drill_age_seconds',
      'Since the recovery kit was last proved to work, or was made.',
      Math.max(0, Math.round((shell.now() - lastAtMs) / 1_000)),
    ),
    gauge('clef_keys_drill_due', '1 where `clef keys drill` is due.', isDue ? 1 : 0),
  ];
}

/** Figures whose rates tell how busy, how quick and how faulty a node is: seconds by calls are what one takes. */
function nodeMetrics(meter: NodeMeter): readonly MetricSample[] {
  return Array.from(meter.figures(), ([node, { calls, readBytes, writtenBytes }]) => [
    ...callKinds.flatMap((call) => {
      const { count, failed, seconds } = calls[call];
      const labels = { node, call };
      return [
        counter('clef_node_calls_total', 'Calls of a storage node.', count, labels),
        counter('clef_node_call_failures_total', 'Calls that it did not answer, or failed.', failed, labels),
        counter('clef_node_call_seconds_total', 'How long the calls took.', seconds, labels),
      ];
    }),
    counter('clef_node_read_bytes_total', 'Bytes read from the node.', readBytes, { node }),
    counter('clef_node_written_bytes_total', 'Bytes of objects written to it.', writtenBytes, { node }),
  ]).flat();
}

/** Nothing while there is no certificate. */
export function certificateMetrics(expiresAtMs: number | undefined): readonly MetricSample[] {
  if (expiresAtMs === undefined) return [];
  const help = 'When the certificate that this server shows ends, in seconds of Unix time.';
  return [gauge('clef_tls_certificate_expiry_timestamp_seconds', help, expiresAtMs / 1_000)];
}

export function drainMetrics(isDraining: boolean): readonly MetricSample[] {
  return [gauge('clef_draining', '1 while this server empties itself.', isDraining ? 1 : 0)];
}

/** Nothing until the keys are there. */
export function companionMetrics(companions: Companions | undefined): readonly MetricSample[] {
  if (!companions) return [];
  const help = 'Originals without a packet table, as far as was looked.';
  return [gauge('clef_companions_missing', help, companions.missing)];
}

type Labels = NonNullable<MetricSample['labels']>;

function gauge(name: string, help: string, value: number, labels: Labels = {}): MetricSample {
  return { name, help, kind: 'gauge', value, labels };
}

function counter(name: string, help: string, value: number, labels: Labels): MetricSample {
  return { name, help, kind: 'counter', value, labels };
}
