import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { type InvitedNode, writeInvitation } from '../app/invitation.ts';
import { operation } from './operation.ts';

export interface ShownInvitation {
  readonly invitation: string;
  readonly rootFingerprint: string;
  readonly nodes: readonly Pick<InvitedNode, 'id' | 'place'>[];
}

/** Opens nothing: what another server needs beside being a recipient. */
export const showInvitation = operation({
  name: 'server.invite',
  args: v.object({}),
  async run({ config, keys, registry }): Promise<ShownInvitation> {
    if (!config.catalog)
      throw new ClefError(
        'config-invalid',
        'CLEF_CATALOG names no database: a catalogue that lies in a data folder is for one server; `clef catalog copy` moves it to MariaDB',
      );
    const { seen } = keys.keys;
    const nodes = registry.invited;
    return {
      invitation: await writeInvitation({ pin: seen, policy: registry.policy, nodes }),
      rootFingerprint: seen.rootFingerprint,
      nodes: nodes.flatMap(({ id, place, use }) => (use === 'removed' ? [] : { id, place })),
    };
  },
});
