import { ClefError, isHexId, type LibraryId, type NodeId } from '../../core/index.ts';
import { MARKER_NAME } from './names.ts';

const MARKER_FORMAT = 1;
export const MAX_MARKER_BYTES = 4_096;
/** How long a read may rest on a verification. */
export const TRUST_MS = 1_000;

/** What `clef-node.json` says of the node on which it lies. */
export interface NodeMarker {
  readonly nodeId: NodeId;
  /** Set where the node belongs to one library. */
  readonly library?: LibraryId;
}

export function markerText(marker: NodeMarker): string {
  return `${JSON.stringify({ format: MARKER_FORMAT, ...marker }, undefined, 2)}\n`;
}

/** Undefined for anything that is not a marker; throws `unsupported-format` for one of a newer Clef. */
export function parseMarker(text: string): NodeMarker | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('format' in value)) return undefined;
  if (typeof value.format !== 'number') return undefined;
  if (value.format !== MARKER_FORMAT) {
    throw new ClefError(
      'unsupported-format',
      `${MARKER_NAME} has format ${value.format}, expected ${MARKER_FORMAT}`,
    );
  }
  if (!('nodeId' in value) || typeof value.nodeId !== 'string' || !isHexId(value.nodeId)) return undefined;
  const nodeId = value.nodeId as NodeId;
  if (!('library' in value)) return { nodeId };
  if (typeof value.library !== 'string' || !isHexId(value.library)) return undefined;
  return { nodeId, library: value.library as LibraryId };
}
