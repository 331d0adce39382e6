import type { NodeSet } from '../../vault/index.ts';

/** Says that something changed in the vault, never what: whoever wants to know looks. */
export interface VaultNews {
  /** Damage was found, or a repair ended. */
  tell(): void;
  /** Calls back for that, and when a node came or went; returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}

export function createVaultNews(nodes: Pick<NodeSet, 'onChange'>): VaultNews {
  const listeners = new Set<() => void>();
  function tell(): void {
    for (const listener of listeners) listener();
  }
  // For as long as the nodes live.
  nodes.onChange(tell);
  return {
    tell,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
