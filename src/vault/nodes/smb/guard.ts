import { ClefError, type LibraryId, type NodeId } from '../../../core/index.ts';
import { isAbsentOnShare, type SmbFolder } from '../../../smb/index.ts';
import { MAX_MARKER_BYTES, parseMarker, TRUST_MS } from '../marker.ts';
import { MARKER_NAME } from '../names.ts';

/** Knows which node a folder of a share is to be, and looks whether it is. */
export class ShareGuard {
  readonly #root: SmbFolder;
  readonly #now: () => number;
  #id: NodeId | undefined;
  #library: LibraryId | undefined;
  #verifiedAtMs = Number.NEGATIVE_INFINITY;

  constructor(root: SmbFolder, expectedId: NodeId | undefined, now: () => number) {
    this.#root = root;
    this.#id = expectedId;
    this.#now = now;
  }

  /** The one that is expected, or else the first that was found. */
  get id(): NodeId {
    if (this.#id === undefined) throw new ClefError('internal', 'a node on a share was not opened');
    return this.#id;
  }

  /** Undefined where the node is nobody's, or was not seen yet. */
  get library(): LibraryId | undefined {
    return this.#library;
  }

  /** Reads the marker now; `node-offline` where it is absent, damaged or another node's. */
  async verify(): Promise<void> {
    const startedAtMs = this.#now();
    const marker = parseMarker(await this.#read());
    if (!marker) throw this.#offline(`holds a damaged ${MARKER_NAME}`);
    if (this.#id !== undefined && this.#id !== marker.nodeId)
      throw this.#offline(`holds node ${marker.nodeId}`);
    this.#id = marker.nodeId;
    this.#library = marker.library;
    this.#verifiedAtMs = startedAtMs;
  }

  /** Rests on a verification of a moment ago, where there was one. */
  async verifyRecently(): Promise<void> {
    const ageMs = this.#now() - this.#verifiedAtMs;
    if (ageMs < 0 || ageMs >= TRUST_MS) await this.verify();
  }

  async #read(): Promise<string> {
    const bytes = new Uint8Array(MAX_MARKER_BYTES);
    try {
      const filled = await this.#root.read(MARKER_NAME, 0, bytes, { isFresh: true });
      return new TextDecoder().decode(bytes.subarray(0, filled));
    } catch (error) {
      if (isAbsentOnShare(error)) throw this.#offline(`has no ${MARKER_NAME}`);
      throw error;
    }
  }

  #offline(reason: string): ClefError {
    const who = this.#id === undefined ? 'a storage node' : `node ${this.#id}`;
    return new ClefError('node-offline', `${who} is offline: its share ${reason}`);
  }
}
