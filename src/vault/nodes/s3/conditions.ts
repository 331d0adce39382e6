import { randomUUID } from 'node:crypto';
import { TEMPORARY_PREFIX } from '../names.ts';
import { codeOfError } from './documents.ts';
import { faultIn, type S3Requests } from './requests.ts';

/** What an engine can be held to, as found out by trying; without an entry it cannot. */
export interface Conditions {
  readonly ifNoneMatch?: '*';
  /** How it wants to be told a version: RFC 9110 section 13.1.1 has quotes, Ceph compares without. */
  readonly ifMatch?: (version: string) => string;
}

/**
 * Not every engine refuses what it is told to refuse: some write all the same, some refuse all, and some know no
 * conditions. An answer that says none of it is thrown.
 */
export async function tryConditions(requests: S3Requests): Promise<Conditions> {
  const name = `${TEMPORARY_PREFIX}probe-${randomUUID()}`;
  const put = async (headers: Readonly<Record<string, string>>) => {
    await using answer = await requests.send({ method: 'PUT', name, headers, body: new Uint8Array(1) });
    const { status } = answer;
    const isConditional = Object.keys(headers).length > 0;
    if (status === 200 || (isConditional && (status === 412 || status === 501))) return answer;
    const text = await answer.text();
    if (isConditional && codeOfError(text) === 'NotImplemented') return answer;
    throw faultIn(status, text, 'trying what a bucket can be held to');
  };
  try {
    const version = (await put({})).headers.get('etag') ?? '';
    const refusesTaken = (await put({ 'if-none-match': '*' })).status === 412;
    const refusesOther = (await put({ 'if-match': '"0"' })).status === 412;
    let ifMatch: Conditions['ifMatch'];
    for (const spell of refusesOther ? [asItIs, withoutQuotes] : []) {
      if ((await put({ 'if-match': spell(version) })).status !== 200) continue;
      ifMatch = spell;
      break;
    }
    return { ...(refusesTaken && { ifNoneMatch: '*' }), ...(ifMatch && { ifMatch }) };
  } finally {
    await removeProbe(requests, name);
  }
}

/** One that stays is swept. */
async function removeProbe(requests: S3Requests, name: string): Promise<void> {
  try {
    await using _ = await requests.send({ method: 'DELETE', name });
  } catch {
    // Whoever writes next meets what is wrong.
  }
}

function asItIs(version: string): string {
  return version;
}

function withoutQuotes(version: string): string {
  return version.replaceAll('"', '');
}
