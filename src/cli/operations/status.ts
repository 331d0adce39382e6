import * as v from 'valibot';
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
  }): Promise<ServerStatus> {
    const states = new Map(nodes.known().map(({ id, state }) => [id, state.kind]));
    return {
      libraryId: data.identity.libraryId,
      ...(await catalog.counts()),
      people: (await accounts.list()).length,
      sources: (await catalog.sources()).map(({ root }) => root),
      importing: imports.status().scanning,
      nodes: places.map(({ id, place }) => ({ place, state: states.get(id) ?? 'offline' })),
      policy: `${policy.k}+${policy.m}`,
    };
  },
});
