import * as v from 'valibot';
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
  async run({ keys, registry }): Promise<ShownInvitation> {
    const { seen } = keys.keys;
    const nodes = registry.invited;
    return {
      invitation: await writeInvitation({ pin: seen, policy: registry.policy, nodes }),
      rootFingerprint: seen.rootFingerprint,
      nodes: nodes.flatMap(({ id, place, use }) => (use === 'removed' ? [] : { id, place })),
    };
  },
});
