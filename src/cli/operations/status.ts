import * as v from 'valibot';
import { drillReminder } from '../app/drills.ts';
import { keylessOperation } from './operation.ts';

export interface ServerStatus {
  readonly libraryId: string;
  readonly tracks: number;
  readonly albums: number;
  readonly artists: number;
  readonly people: number;
  readonly sources: readonly string[];
  readonly importing: boolean;
  readonly nodes: readonly { readonly place: string; readonly state: string }[];
  readonly policy: string;
  /** Of the recovery kit: when it was last proved to work, and when that is due again. */
  readonly drill: { readonly lastAt?: string; readonly dueAt?: string; readonly isDue: boolean };
  /** What there is to do, as sentences. */
  readonly reminders: readonly string[];
}

export const showStatus = keylessOperation({
  name: 'status',
  args: v.object({}),
  async run({
    catalog,
    accounts,
    nodes,
    registry: { places, policy },
    data,
    imports,
    drills,
  }): Promise<ServerStatus> {
    const drill = drills.standing();
    const reminder = drillReminder(drill);
    const states = new Map(nodes.known().map(({ id, state }) => [id, state.kind]));
    return {
      libraryId: data.identity.libraryId,
      ...(await catalog.counts()),
      people: (await accounts.list()).length,
      sources: (await catalog.sources()).map(({ root }) => root),
      importing: imports.status().scanning,
      nodes: places.map(({ id, place }) => ({ place, state: states.get(id) ?? 'offline' })),
      policy: `${policy.k}+${policy.m}`,
      drill: {
        ...(drill.lastAtMs !== undefined && { lastAt: new Date(drill.lastAtMs).toISOString() }),
        ...(drill.dueAtMs !== undefined && { dueAt: new Date(drill.dueAtMs).toISOString() }),
        isDue: drill.isDue,
      },
      reminders: reminder === undefined ? [] : [reminder],
    };
  },
});
