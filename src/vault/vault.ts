import type { LibraryId, Policy } from '../core/index.ts';
import type { Padding, SigningKey } from '../crypto/index.ts';
import type { WriteMode } from './column-plan.ts';
import { createVaultReader, type VaultReader, type VaultReaderOptions } from './reader.ts';
import { type CurrentEpoch, type WriteInput, type WrittenAsset, writeAsset } from './write.ts';

export interface VaultOptions extends VaultReaderOptions {
  readonly libraryId: LibraryId;
  readonly policy: Policy;
  /** Default: Padmé. */
  readonly padding?: Padding;
  /** Default: degraded. */
  readonly writeMode?: WriteMode;
  readonly signer: SigningKey;
  readonly currentEpoch: () => CurrentEpoch;
  /** A node that takes no byte of a write for this long has failed. Default 60 s. */
  readonly stallTimeoutMs?: number;
}

const DEFAULT_STALL_TIMEOUT_MS = 60_000;

/** The encryption matrix of one library: what goes in is sealed before it leaves this process. */
export interface Vault extends VaultReader {
  write(input: WriteInput): Promise<WrittenAsset>;
}

export function createVault(options: VaultOptions): Vault {
  return {
    ...createVaultReader(options),
    write: (input) =>
      writeAsset(
        {
          libraryId: options.libraryId,
          nodes: options.nodes,
          policy: options.policy,
          padding: options.padding ?? 'padme',
          mode: options.writeMode ?? 'degraded',
          aead: options.aead,
          erasure: options.erasure,
          signer: options.signer,
          currentEpoch: options.currentEpoch,
          stallTimeoutMs: options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS,
        },
        input,
      ),
  };
}
