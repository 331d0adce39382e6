import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import {
  type GivenUpBranch,
  joinStatements,
  type KeysBranch,
  openRecoveryKit,
  readSeenKeys,
  settleLibraryKeys,
  writeSeenKeys,
} from '../../keystore/index.ts';
import { readStatements, storeStatements } from '../../vault/index.ts';
import { openOwnServerKey } from '../app/keys.ts';
import { keylessOperation } from './operation.ts';

export interface KeysSettled {
  readonly kept: readonly KeysBranch[];
  readonly givenUp: readonly GivenUpBranch[];
  readonly holders: number;
  /** The running server had no keys because of the conflict, and takes them at its next start. */
  readonly needsRestart: boolean;
}

/** Works where the keys cannot be had, since a conflict is why they cannot. */
export const settleKeys = keylessOperation({
  name: 'keys.settle',
  args: v.object({ kit: v.string(), passphrase: v.string(), keep: v.array(v.string()) }),
  async run(app, { kit: folder, passphrase, keep }, { signal }): Promise<KeysSettled> {
    const { data, nodes, config, shell } = app;
    const { libraryId } = data.identity;
    const kit = await openRecoveryKit(folder, passphrase);
    const unlocked = await app.unlocked.catch(() => undefined);
    const seen = unlocked?.keys.keys.seen ?? (await readSeenKeys(data.keyringSeenFile));
    if (!seen) throw new ClefError('data-invalid', 'the data folder has seen no keyring yet');
    const server =
      unlocked?.keys.server ?? (await openOwnServerKey({ config, data, terminal: shell.terminal }));
    await nodes.probe({ signal });
    const statements = joinStatements(seen.statements, await readStatements(nodes, libraryId, { signal }));
    const { keys, ...settled } = await settleLibraryKeys({ statements, seen, kit, server, keep });
    if (unlocked) {
      const { holders } = await unlocked.keys.take(keys);
      return { ...settled, holders, needsRestart: false };
    }
    await writeSeenKeys(data.keyringSeenFile, keys.seen);
    const holders = await storeStatements(nodes, libraryId, keys.seen.statements, { signal });
    return { ...settled, holders, needsRestart: true };
  },
});
