import type {
  CatalogImporter,
  CatalogReader,
  Companion,
  PlayReader,
  StoredAsset,
} from '../../catalog/index.ts';
import { ClefError, isClefError } from '../../core/index.ts';
import type { PacketCodec } from '../../playback/index.ts';
import type { RenditionKind, Transcoder } from '../../transcode/index.ts';
import { Gate } from '../concurrent.ts';
import type { MediaProbe } from '../port.ts';
import type { Seal } from '../seal.ts';
import { assetMedia, type AssetReader, plaintextOf } from './asset-media.ts';
import { codecOfTable, readTable, sealTable } from './packet-table.ts';
import { sealRendition } from './rendition.ts';

/** Tracks that listeners wait for at once; more are told to come again. */
const MOST_WAITING = 64;
/** A rendition takes a whole core, and lies in memory until it is sealed. */
const RENDITIONS_AT_ONCE = 1;

const RENDITION_KINDS: readonly RenditionKind[] = ['flac', 'opus'];

/** Audio that a device decodes, and where its packets lie. */
export interface Playable {
  readonly audio: StoredAsset;
  readonly table: StoredAsset;
}

export interface PreparationOptions {
  readonly catalog: Pick<CatalogReader, 'companion'> & Pick<CatalogImporter, 'addCompanion'>;
  /** Says what was made already; nothing is begun that `catalog` could not note. */
  readonly known: Pick<PlayReader, 'companion'>;
  readonly reader: AssetReader;
  readonly seal: Seal;
  readonly probe: MediaProbe;
  readonly transcoder: Transcoder;
  readonly now: () => number;
}

type Standing =
  | { readonly kind: 'ready'; readonly playable: Playable }
  | { readonly kind: 'failed' | 'open' };

/**
 * Makes what players need beside originals, once: whoever asks for the same meanwhile waits for the same, and what
 * was made is found from then on. Disposal ends what is under way, and waits for that.
 */
export class Preparation implements AsyncDisposable {
  readonly #options: PreparationOptions;
  readonly #stopping = new AbortController();
  readonly #transcoding = new Gate(RENDITIONS_AT_ONCE);
  readonly #wanted = new Map<string, Promise<void>>();
  readonly #tables = new Map<string, Promise<Companion>>();

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /** The original where these codecs play it, else a rendition; undefined while neither is there. */
  async find(original: StoredAsset, decodable: readonly PacketCodec[]): Promise<Playable | undefined> {
    const own = await this.#standing(original, decodable);
    if (own.kind === 'ready') return own.playable;
    for (const kind of kindsIn(decodable)) {
      const found = await this.#renditionStanding(original, kind, decodable);
      if (found.kind === 'ready') return found.playable;
    }
    return undefined;
  }

  /**
   * Has what `find` lacks made; resolves when it is there. Rejects with `media-unreadable` where that cannot be, now
   * or for ever, with `transcoder-missing`, or with `not-ready` where too many wait already.
   */
  prepare(original: StoredAsset, decodable: readonly PacketCodec[]): Promise<void> {
    const key = `${original.assetId} ${decodable.toSorted().join(' ')}`;
    const known = this.#wanted.get(key);
    if (known) return known;
    if (this.#wanted.size >= MOST_WAITING) {
      return Promise.reject(new ClefError('not-ready', 'too many tracks are being prepared'));
    }
    return this.#once(this.#wanted, key, () => this.#prepare(original, decodable));
  }

  /** The packet table of an original or a rendition: known, or made now. Without an asset where there is none. */
  ensureTable(parent: StoredAsset): Promise<Companion> {
    const key = parent.assetId;
    return this.#tables.get(key) ?? this.#once(this.#tables, key, () => this.#makeTable(parent));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new ClefError('not-ready', 'the server is stopping'));
    await Promise.allSettled([...this.#wanted.values(), ...this.#tables.values()]);
  }

  #once<Result>(
    under: Map<string, Promise<Result>>,
    key: string,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const working = work().finally(() => under.delete(key));
    under.set(key, working);
    // Whoever asked hears of it; nobody may be left by then.
    working.catch(() => undefined);
    return working;
  }

  async #prepare(original: StoredAsset, decodable: readonly PacketCodec[]): Promise<void> {
    await this.ensureTable(original);
    if (await this.find(original, decodable)) return;
    await this.#transcoding.pass(async () => {
      const open: RenditionKind[] = [];
      for (const kind of kindsIn(decodable)) {
        const rendition = (await this.#options.catalog.companion(original.assetId, kind))?.asset;
        if (rendition) await this.ensureTable(rendition);
        const { kind: standing } = await this.#renditionStanding(original, kind, decodable);
        if (standing === 'ready') return;
        if (standing === 'open') open.push(kind);
      }
      if (open.length === 0) throw new ClefError('media-unreadable', 'no format of it plays on this device');
      await this.#makeRendition(original, open);
    }, this.#stopping.signal);
  }

  async #makeTable(parent: StoredAsset): Promise<Companion> {
    const { catalog, reader, probe } = this.#options;
    const { signal } = this.#stopping;
    const parentId = parent.assetId;
    const known = await catalog.companion(parentId, 'packet-table');
    if (known) return known;
    const table = await readTable(probe, assetMedia(reader, parent, signal), signal);
    const made = await sealTable(table, { ...this.#options, parentId, signal });
    if (await catalog.addCompanion(made)) return made;
    return (await catalog.companion(parentId, 'packet-table')) ?? { parentId, kind: 'packet-table' };
  }

  async #makeRendition(original: StoredAsset, kinds: readonly RenditionKind[]): Promise<void> {
    const { catalog, reader, probe, transcoder } = this.#options;
    const { signal } = this.#stopping;
    const { assetId: parentId, lengthBytes } = original;
    const plaintext = plaintextOf(reader, original, { startBytes: 0, endBytes: lengthBytes }, signal);
    await using rendition = await transcoder
      .transcode({ lengthBytes, plaintext, kinds, signal })
      .catch(async (error: unknown) => {
        if (isClefError(error, 'media-unreadable') || isClefError(error, 'media-too-costly')) {
          for (const kind of kinds) await catalog.addCompanion({ parentId, kind });
        }
        throw error;
      });
    const table = await readTable(probe, rendition, signal);
    const made = await sealRendition(rendition, { ...this.#options, parentId, signal });
    if (!(await catalog.addCompanion(made))) return;
    await catalog.addCompanion(
      await sealTable(table, { ...this.#options, parentId: made.asset.assetId, signal }),
    );
    if (!table) throw new ClefError('media-unreadable', `the ${made.kind} made of it has no exact packets`);
  }

  async #renditionStanding(
    original: StoredAsset,
    kind: RenditionKind,
    decodable: readonly PacketCodec[],
  ): Promise<Standing> {
    const rendition = await this.#options.known.companion(original.assetId, kind);
    if (!rendition) return { kind: 'open' };
    return rendition.asset ? this.#standing(rendition.asset, decodable) : { kind: 'failed' };
  }

  async #standing(audio: StoredAsset, decodable: readonly PacketCodec[]): Promise<Standing> {
    const companion = await this.#options.known.companion(audio.assetId, 'packet-table');
    if (!companion) return { kind: 'open' };
    const table = companion.asset;
    const codec = table && codecOfTable(table);
    const plays = codec !== undefined && decodable.includes(codec);
    return table && plays ? { kind: 'ready', playable: { audio, table } } : { kind: 'failed' };
  }
}

function kindsIn(decodable: readonly PacketCodec[]): readonly RenditionKind[] {
  return RENDITION_KINDS.filter((kind) => decodable.includes(kind));
}
