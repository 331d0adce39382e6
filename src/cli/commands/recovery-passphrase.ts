import { resolve } from 'node:path';
import { ClefError } from '../../core/index.ts';
import type { Shell } from '../shell.ts';

/** From the environment, else asked. */
export async function recoveryPassphrase({ config, terminal }: Shell): Promise<string> {
  const passphrase =
    config.recoveryPassphrase ??
    (await terminal.askSecret('Passphrase of the recovery kit (CLEF_RECOVERY_PASSPHRASE)'));
  if (passphrase.trim() === '') throw new ClefError('usage', 'the recovery kit needs its passphrase');
  return passphrase;
}

/** Where `--kit` names one: its folder, and what opens it. */
export async function kitArgs(shell: Shell, folder: string | undefined) {
  if (folder === undefined) return {};
  return { kit: { folder: resolve(folder), passphrase: await recoveryPassphrase(shell) } };
}
