import { XMLParser } from 'fast-xml-parser';
import * as v from 'valibot';
import { ClefError } from '../../../core/index.ts';

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  // Also references by number: engines written in Go spell the quotes of a tag `&#34;`.
  htmlEntities: true,
  isArray: (name) => name === 'Contents' || name === 'Upload',
});

const text = v.pipe(v.string(), v.maxLength(2_048));
const time = v.pipe(
  text,
  v.transform((value) => Date.parse(value)),
  v.number(),
);
const isTrue = v.pipe(
  v.optional(text, 'false'),
  v.transform((value) => value === 'true'),
);

const errorSchema = v.object({ Error: v.object({ Code: text }) });

const pageSchema = v.object({
  ListBucketResult: v.object({
    IsTruncated: isTrue,
    NextContinuationToken: v.optional(text, ''),
    Contents: v.optional(
      v.array(
        v.object({
          Key: text,
          Size: v.pipe(text, v.transform(Number), v.integer()),
          ETag: text,
          LastModified: time,
        }),
      ),
      [],
    ),
  }),
});

const uploadsSchema = v.object({
  ListMultipartUploadsResult: v.object({
    IsTruncated: isTrue,
    NextKeyMarker: v.optional(text, ''),
    NextUploadIdMarker: v.optional(text, ''),
    Upload: v.optional(v.array(v.object({ Key: text, UploadId: text, Initiated: time })), []),
  }),
});

const begunSchema = v.object({ InitiateMultipartUploadResult: v.object({ UploadId: text }) });

type ListedPage = v.InferOutput<typeof pageSchema>['ListBucketResult'];
type ListedUploads = v.InferOutput<typeof uploadsSchema>['ListMultipartUploadsResult'];
export type ListedObject = ListedPage['Contents'][number];
export type ListedUpload = ListedUploads['Upload'][number];

/** ListObjectsV2 (Amazon S3 API Reference, 2006-03-01). */
export function readPage(xml: string): ListedPage {
  return read(pageSchema, xml).ListBucketResult;
}

/** The query of ListObjectsV2. */
export function listing(prefix: string, most?: number): Record<string, string> {
  return { 'list-type': '2', prefix, ...(most !== undefined && { 'max-keys': String(most) }) };
}

/** ListMultipartUploads. */
export function readUploads(xml: string): ListedUploads {
  return read(uploadsSchema, xml).ListMultipartUploadsResult;
}

/** CreateMultipartUpload: the upload's id. */
export function readBegun(xml: string): string {
  return read(begunSchema, xml).InitiateMultipartUploadResult.UploadId;
}

/** Undefined where an answer is no error's document. CompleteMultipartUpload may fail with status 200. */
export function codeOfError(xml: string): string | undefined {
  const parsed = v.safeParse(errorSchema, parse(xml));
  return parsed.success ? parsed.output.Error.Code : undefined;
}

/** The body of CompleteMultipartUpload; tags in the order of their parts. */
export function completion(tags: readonly string[]): string {
  const parts = tags.map(
    (tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function read<Schema extends v.GenericSchema>(schema: Schema, xml: string): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, parse(xml));
  if (!parsed.success) throw new ClefError('node-io', 'a bucket answered with something else than S3 does');
  return parsed.output;
}

function parse(xml: string): unknown {
  try {
    return parser.parse(xml);
  } catch {
    return undefined;
  }
}
