import { execFileSync, spawnSync } from 'node:child_process';

/** Undefined where the command is there; with CI=true it must be. */
export const opensslSkipped: string | undefined =
  process.env['CI'] === 'true' || spawnSync('openssl', ['version']).status === 0
    ? undefined
    : 'the openssl command is not installed';

/** What the command prints; throws where it fails. */
export function openssl(args: readonly string[], input?: Uint8Array): string {
  return execFileSync('openssl', args, {
    encoding: 'utf8',
    stdio: 'pipe',
    ...(input === undefined ? {} : { input }),
  });
}
