import { ClefError } from '../../../core/index.ts';
import { type ListedObject, type ListedUpload, listing, readPage, readUploads } from './documents.ts';
import { faultOf, type S3Requests } from './requests.ts';

type Query = Readonly<Record<string, string>>;

interface Page<T> {
  readonly found: readonly T[];
  /** What asks for the next one; undefined after the last. */
  readonly next: Query | undefined;
}

/** Of all objects whose whole key begins with the prefix; what an engine lists beside them is left out. */
export function listObjects(
  requests: S3Requests,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  return allOf(prefix, async (after) => {
    const query = { ...listing(prefix), ...after };
    await using answer = await requests.send({ method: 'GET', query, signal });
    if (answer.status !== 200) throw await faultOf(answer, 'listing objects');
    const { Contents: found, IsTruncated, NextContinuationToken: token } = readPage(await answer.text());
    return { found, next: IsTruncated ? { 'continuation-token': token } : undefined };
  });
}

/** As `listObjects`, of uploads in parts that are not finished. */
export function listUploads(
  requests: S3Requests,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedUpload, void, undefined> {
  return allOf(prefix, async (after) => {
    const query = { uploads: '', prefix, ...after };
    await using answer = await requests.send({ method: 'GET', query, signal });
    if (answer.status !== 200) throw await faultOf(answer, 'listing uploads');
    const page = readUploads(await answer.text());
    const next = { 'key-marker': page.NextKeyMarker, 'upload-id-marker': page.NextUploadIdMarker };
    return { found: page.Upload, next: page.IsTruncated ? next : undefined };
  });
}

/** A listing that says it goes on and not where, or goes round in a circle, is `node-io`: it cannot be told from a part. */
async function* allOf<T extends { readonly Key: string }>(
  prefix: string,
  load: (after: Query) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  let after: Query = {};
  // Brent's search for a cycle: each page's place is held against one kept from before, the newest at a power of two.
  let kept = '';
  for (let pages = 1; ; pages++) {
    const { found, next } = await load(after);
    for (const one of found) if (one.Key.startsWith(prefix)) yield one;
    if (!next) return;
    const place = Object.values(next).join('\n');
    if (place.trim() === '')
      throw new ClefError('node-io', 'a bucket does not say where its listing goes on');
    if (place === kept) throw new ClefError('node-io', 'a bucket repeats its listing without end');
    if (Number.isInteger(Math.log2(pages))) kept = place;
    after = next;
  }
}
