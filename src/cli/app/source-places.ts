import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { MusicSource } from '../../catalog/index.ts';
import { ClefError } from '../../core/index.ts';
import type { SourceTree } from '../../ingest/index.ts';
import { openLocalTree } from '../../ingest/sources/local.ts';
import type { SmbCredentials, SmbShare } from '../../smb/index.ts';
import { parseShare, nameOfShare, type SharePlace } from '../config/share-address.ts';
import { writeDurably } from '../data-folder.ts';

/** What a person names as a source. Its root is what the catalogue keeps: without a secret, and without a way to one. */
export type SourcePlace =
  | { readonly kind: 'folder'; readonly root: string }
  | { readonly kind: 'share'; readonly root: string; readonly share: SharePlace };

const SHARE_SYNTAX = 'smb://HOST[:PORT]/SHARE[/PATH]?key=FILE[&encryption=required][&signing=if-offered]';

const knownSchema = v.record(v.string(), v.object({ address: v.string() }));

export function isShareRoot(root: string): boolean {
  return root.startsWith('smb://');
}

/** `config-invalid` for a share that is not written as one. Paths are of the working folder. */
export function placeOfSource(text: string): SourcePlace {
  if (!isShareRoot(text)) return { kind: 'folder', root: resolve(text) };
  const share = parseShare(text);
  if (!share) throw new ClefError('config-invalid', `a share that is a source is written ${SHARE_SYNTAX}`);
  return { kind: 'share', root: nameOfShare(share), share: { ...share, keyFile: resolve(share.keyFile) } };
}

/** The same from wherever it is read. */
export function absoluteSource(text: string): string {
  const place = placeOfSource(text);
  return place.kind === 'folder' ? place.root : addressOf(place.share);
}

function addressOf(share: SharePlace): string {
  const { encryption, signing } = share.address;
  const parameters = new URLSearchParams({ key: share.keyFile, encryption, signing });
  return `${nameOfShare(share)}?${parameters}`;
}

/** Gets at the files of sources. What opens a share was said when it was added, and is kept beside the catalogue. */
export class SourcePlaces implements AsyncDisposable {
  readonly #file: string;
  readonly #known: Map<string, SharePlace>;
  readonly #open = new Map<string, SmbShare>();

  private constructor(file: string, known: Map<string, SharePlace>) {
    this.#file = file;
    this.#known = known;
  }

  static async open(file: string): Promise<SourcePlaces> {
    const known = new Map<string, SharePlace>();
    for (const [root, { address }] of Object.entries(await readKnown(file))) {
      const share = parseShare(address);
      if (share) known.set(root, share);
    }
    return new SourcePlaces(file, known);
  }

  /** What opens a share, from now on, if it does so: `source-missing` otherwise, and all is as before. */
  async remember({ root, share }: Extract<SourcePlace, { readonly kind: 'share' }>): Promise<void> {
    const before = this.#known.get(root);
    this.#known.set(root, share);
    await this.#forgetConnection(root);
    try {
      await using _tree = await this.openTree({ root }, []);
    } catch (error) {
      if (before) this.#known.set(root, before);
      else this.#known.delete(root);
      throw error;
    }
    await this.#save();
  }

  async forget(root: string): Promise<void> {
    await this.#forgetConnection(root);
    if (this.#known.delete(root)) await this.#save();
  }

  /** `source-missing`, with the reason, where a source cannot be had now. */
  async openTree({ root }: Pick<MusicSource, 'root'>, reserved: readonly string[]): Promise<SourceTree> {
    if (!isShareRoot(root)) return openLocalTree(root, reserved);
    const { openShareTree } = await import('../../ingest/sources/share.ts');
    try {
      return await openShareTree({ share: await this.#shareOf(root), path: this.shareAt(root).path });
    } catch (error) {
      // Its key file may be another one by the next time.
      await this.#forgetConnection(root);
      throw error;
    }
  }

  shareAt(root: string): SharePlace {
    const share = this.#known.get(root);
    if (share) return share;
    throw new ClefError(
      'source-missing',
      `nobody said what opens this share: clef source add '${root}?key=FILE'`,
    );
  }

  /** User and password, read anew. */
  async credentialsOf(root: string): Promise<SmbCredentials> {
    const { readShareKey } = await import('./share-place.ts');
    try {
      return await readShareKey(this.shareAt(root).keyFile, 'a source');
    } catch (cause) {
      if (cause instanceof ClefError) throw new ClefError('source-missing', cause.message, { cause });
      throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const root of this.#open.keys()) await this.#forgetConnection(root);
  }

  async #shareOf(root: string): Promise<SmbShare> {
    const open = this.#open.get(root);
    if (open) return open;
    const { address } = this.shareAt(root);
    const credentials = await this.credentialsOf(root);
    const { SmbShare } = await import('../../smb/index.ts');
    const share = new SmbShare({ address, credentials });
    this.#open.set(root, share);
    return share;
  }

  async #forgetConnection(root: string): Promise<void> {
    const share = this.#open.get(root);
    this.#open.delete(root);
    await share?.[Symbol.asyncDispose]();
  }

  async #save(): Promise<void> {
    const known = Object.fromEntries(
      [...this.#known].map(([root, share]) => [root, { address: addressOf(share) }]),
    );
    await writeDurably(this.#file, `${JSON.stringify(known, null, 2)}\n`);
  }
}

async function readKnown(file: string): Promise<v.InferOutput<typeof knownSchema>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ClefError('data-invalid', 'sources.json in the data folder cannot be read', { cause });
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), knownSchema), text);
  if (parsed.success) return parsed.output;
  throw new ClefError(
    'data-invalid',
    'sources.json in the data folder is damaged; delete it, and add the shares again with `clef source add`',
  );
}
