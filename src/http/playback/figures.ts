import { closeCodes, type PresentDevice } from '../../playback/session/index.ts';
import type { MetricSample } from '../ports.ts';

export interface GatewayNow {
  readonly sockets: number;
  readonly sessions: number;
  readonly lostOutputs: number;
  readonly isLogReachable: boolean;
  readonly devices: readonly PresentDevice[];
}

const reasonOf = new Map(Object.entries(closeCodes).map(([reason, code]) => [code, reason]));

/** What a gateway counts. */
export class GatewayFigures {
  readonly #commands = new Map<string, number>();
  readonly #closed = new Map<string, number>();

  /** `applied`, `failed`, or the reason of a refusal. */
  count(outcome: string): void {
    this.#commands.set(outcome, (this.#commands.get(outcome) ?? 0) + 1);
  }

  closed(code: number): void {
    const reason = reasonOf.get(code) ?? 'other';
    this.#closed.set(reason, (this.#closed.get(reason) ?? 0) + 1);
  }

  samples({ sockets, sessions, lostOutputs, isLogReachable, devices }: GatewayNow): readonly MetricSample[] {
    const reports = devices.flatMap(({ report }) => report ?? []);
    const errorsMs = reports.flatMap(({ errorMs }) => (errorMs === undefined ? [] : Math.abs(errorMs)));
    const boundsMs = reports.flatMap(({ uncertaintyMs }) => uncertaintyMs ?? []);
    return [
      gauge('clef_playback_sockets', 'Open sockets of devices.', sockets),
      gauge('clef_playback_sessions_held', 'Playback sessions in memory.', sessions),
      gauge(
        'clef_playback_log_reachable',
        '0 while commands of playback sessions wait for their log.',
        isLogReachable ? 1 : 0,
      ),
      counter('clef_playback_lost_outputs_total', 'Outputs whose lease ran out.', lostOutputs),
      ...Array.from(this.#commands, ([outcome, value]) =>
        counter('clef_playback_commands_total', 'Commands of devices, by what became of them.', value, {
          outcome,
        }),
      ),
      ...Array.from(this.#closed, ([reason, value]) =>
        counter('clef_playback_closed_total', 'Sockets of devices that closed.', value, { reason }),
      ),
      ...worst('clef_playback_output_error_ms', 'How far off the worst output says that it is.', errorsMs),
      ...worst('clef_playback_clock_error_ms', 'How far off the worst clock may be.', boundsMs),
    ];
  }
}

function worst(name: string, help: string, values: readonly number[]): readonly MetricSample[] {
  return values.length === 0 ? [] : [gauge(name, help, Math.max(...values))];
}

function gauge(name: string, help: string, value: number): MetricSample {
  return { name, help, kind: 'gauge', value };
}

function counter(
  name: string,
  help: string,
  value: number,
  labels?: Readonly<Record<string, string>>,
): MetricSample {
  return { name, help, kind: 'counter', value, ...(labels && { labels }) };
}
