import { randomBytes } from 'node:crypto';
import { ClefError, isClefError, type LibraryId, type NodeId, randomId } from '../../core/index.ts';
import type { StorageNode } from '../../vault/index.ts';
import type { NodePlace } from './node-place.ts';

export interface FarPlaceOptions extends Pick<NodePlace, 'failureDomain' | 'name' | 'spec'> {
  readonly kind: 'a bucket' | 'a share';
  /** What it is lost together with, where nothing was said of it. */
  readonly host: string;
  /** `node-offline` where there is no node, or nobody answers. */
  readonly open: () => Promise<StorageNode & { readonly library: LibraryId | undefined }>;
  /** Makes an empty place a node. */
  readonly init: (marker: { readonly nodeId: NodeId; readonly library: LibraryId }) => Promise<void>;
}

/** A place that another machine has. */
export function farPlace({ kind, host, open, init, ...place }: FarPlaceOptions): NodePlace {
  return {
    ...place,
    async find() {
      try {
        await using node = await open();
        return { id: node.id, library: node.library };
      } catch (error) {
        if (isClefError(error, 'node-offline')) return undefined;
        throw error;
      }
    },
    async become(library) {
      const nodeId = randomId<NodeId>(randomBytes);
      try {
        await init({ nodeId, library });
      } catch (cause) {
        if (!(cause instanceof ClefError)) throw cause;
        throw new ClefError('config-invalid', `CLEF_NODES: ${kind} cannot become a node: ${cause.message}`, {
          cause,
        });
      }
      return nodeId;
    },
    domainOf: async () => host,
  };
}
