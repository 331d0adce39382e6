/** Where a bucket is, and which part of it is one node's. */
export interface S3Address {
  /** The engine's, `http` or `https`, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** What the keys of all its objects begin with: empty, or ending with a slash. */
  readonly prefix: string;
  readonly region: string;
  /** Whether the bucket is named in the path or in the host. */
  readonly style: 'path' | 'virtual';
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Of an object by its whole key, or of the bucket itself where that is empty. */
export function urlOf({ endpoint, bucket, style }: S3Address, key: string, query: URLSearchParams): string {
  const url = new URL(endpoint);
  const folder = url.pathname.replace(/\/+$/, '');
  if (style === 'virtual') url.hostname = `${bucket}.${url.hostname}`;
  url.pathname = style === 'virtual' ? `${folder}/${key}` : `${folder}/${bucket}${key && `/${key}`}`;
  url.search = query.toString();
  return url.href;
}
