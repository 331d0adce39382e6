import { randomUUID } from 'node:crypto';
import type { Bytes } from '../../src/core/index.ts';
import type { S3Address, S3Credentials } from '../../src/vault/nodes/s3/address.ts';
import { listing, readBegun, readPage } from '../../src/vault/nodes/s3/documents.ts';
import { S3Requests } from '../../src/vault/nodes/s3/requests.ts';

/** A bucket, as whoever owns it sees and changes it behind a node's back. */
export class Bucket {
  readonly address: S3Address;
  readonly #requests: S3Requests;

  private constructor(address: S3Address, credentials: S3Credentials) {
    this.address = address;
    this.#requests = new S3Requests({ address, credentials, now: Date.now });
  }

  static async make(
    engine: Pick<S3Address, 'endpoint' | 'region' | 'style'>,
    credentials: S3Credentials,
  ): Promise<Bucket> {
    const bucket = new Bucket({ ...engine, bucket: `clef-${randomUUID()}`, prefix: '' }, credentials);
    await using answer = await bucket.#requests.send({ method: 'PUT' });
    if (answer.status !== 200) throw new Error(`no bucket: ${answer.status} ${await answer.text()}`);
    return bucket;
  }

  async keys(prefix: string): Promise<string[]> {
    await using answer = await this.#requests.send({ method: 'GET', query: listing(prefix) });
    return readPage(await answer.text()).Contents.map(({ Key }) => Key);
  }

  async get(key: string): Promise<Bytes> {
    await using answer = await this.#requests.send({ method: 'GET', name: key });
    const bytes = new Uint8Array(Number(answer.headers.get('content-length')));
    await answer.readInto(bytes, 0);
    return bytes;
  }

  async put(key: string, body: Bytes): Promise<void> {
    await using answer = await this.#requests.send({ method: 'PUT', name: key, body });
    if (answer.status !== 200) throw new Error(`not put: ${answer.status}`);
  }

  async move(fromPrefix: string, toPrefix: string): Promise<void> {
    for (const key of await this.keys(fromPrefix)) {
      await this.put(toPrefix + key.slice(fromPrefix.length), await this.get(key));
      await using _ = await this.#requests.send({ method: 'DELETE', name: key });
    }
  }

  /** An upload in parts that nobody will finish; its id. */
  async beginUpload(key: string): Promise<string> {
    await using answer = await this.#requests.send({ method: 'POST', name: key, query: { uploads: '' } });
    return readBegun(await answer.text());
  }
}
