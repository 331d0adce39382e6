import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createMediaCounter } from './media-counter.ts';
import { Traffic } from './native/index.ts';

it('logs each answer with media, pieces of an edge for debugging only', () => {
  const lines: string[] = [];
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(line) });
  const counter = createMediaCounter(new Traffic(), log);
  const outcome = { kind: 'complete', status: 206, sentBytes: 7 } as const;
  for (const route of ['rest/stream', '/p/v1', '/music/p/v1'])
    counter.closed({ requestId: 'r', route, method: 'GET', outcome });
  const error = new Error('away');
  counter.closed({
    requestId: 'r',
    route: '/p/v1',
    method: 'GET',
    outcome: { kind: 'failed', status: 503, sentBytes: 0, error },
  });
  expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([
    pino.levels.values['info'],
    pino.levels.values['debug'],
    pino.levels.values['debug'],
    pino.levels.values['error'],
  ]);
});
