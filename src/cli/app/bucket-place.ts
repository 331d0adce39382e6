import * as v from 'valibot';
import type { S3Address, S3Credentials } from '../../vault/nodes/s3.ts';
import type { NodeEntry } from '../config/settings.ts';
import { farPlace } from './far-place.ts';
import { readKeyFile } from './key-file.ts';
import type { NodePlace } from './node-place.ts';

export async function bucketPlace(entry: Extract<NodeEntry, { kind: 's3' }>): Promise<NodePlace> {
  const { address, keyFile, failureDomain } = entry;
  const credentials = await readBucketKey(keyFile);
  const { initS3Node, openS3Node } = await import('../../vault/nodes/s3.ts');
  return farPlace({
    kind: 'a bucket',
    name: nameOfBucket(address),
    spec: { kind: 's3', address, credentials },
    failureDomain,
    host: `s3:${new URL(address.endpoint).host}`,
    open: () => openS3Node({ address, credentials }),
    init: (marker) => initS3Node({ address, credentials }, marker),
  });
}

export function nameOfBucket({ endpoint, bucket, prefix }: S3Address): string {
  return `s3://${bucket}/${prefix}?endpoint=${endpoint}`;
}

const text = v.pipe(v.string(), v.minLength(1));

const keySchema = v.object({ access_key: text, secret_key: text, session_token: v.optional(text) });

async function readBucketKey(file: string): Promise<S3Credentials> {
  const { access_key, secret_key, session_token } = await readKeyFile(file, {
    of: 'a bucket',
    schema: keySchema,
    lines: 'access_key = "…" and secret_key = "…"',
  });
  return {
    accessKeyId: access_key,
    secretAccessKey: secret_key,
    ...(session_token !== undefined && { sessionToken: session_token }),
  };
}
