import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { OFFSET_HEADER, uploadPartPath } from '../../api/index.ts';
import { asBytes, type Bytes, ClefError, type UploadId } from '../../core/index.ts';
import { LARGEST_PART_BYTES } from '../../uploads/index.ts';
import type { Gate } from './gate.ts';
import type { Viewer } from './handler.ts';
import { assertMayUpload, type UploadHandlerDeps } from './handlers/uploads.ts';
import { parseInput } from './parse-input.ts';
import { wireUploads } from './wire/uploads.ts';

const OCTETS = 'application/octet-stream';

const params = v.object({ id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) });
const offset = v.pipe(v.string(), v.regex(/^\d{1,13}$/), v.transform(Number));
/** A structured field (RFC 9530 section 2), of which one digest is read and others are passed over. */
const SHA_256 = /(?:^|,\s*)sha-256=:([A-Za-z0-9+/]{43}=):/;

/** `PATCH /uploads/:id`: the bytes of a part. Nothing of it is kept before its digest was compared. */
export function uploadPartRoute(scope: FastifyInstance, gate: Gate, deps: UploadHandlerDeps): void {
  const { uploads, mayUpload, catalog } = deps;
  void scope.register((inner, _options, done) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser(OCTETS, { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
    const viewers = new WeakMap<FastifyRequest, Viewer>();
    inner.patch(uploadPartPath(':id'), {
      bodyLimit: LARGEST_PART_BYTES,
      // Before the body is read: strangers make nobody hold one.
      onRequest: async (request, reply) => {
        const viewer = await gate.admit(request, reply, { method: 'PATCH', access: 'session' });
        if (!viewer) return;
        assertMayUpload(mayUpload, viewer.account);
        viewers.set(request, viewer);
      },
      handler: async (request, reply) => {
        const viewer = viewers.get(request);
        if (!viewer) throw new TypeError('the gate lets nobody without a session come here');
        const { id } = parseInput(params, request.params, 'path');
        const offsetBytes = parseInput(offset, request.headers[OFFSET_HEADER], 'header');
        const bytes = bodyOf(request);
        const upload = await uploads.append(viewer.account.id, id as UploadId, offsetBytes, bytes);
        const [answer] = await wireUploads(catalog, upload.userId, [upload]);
        return reply
          .header('cache-control', 'no-store')
          .header('cross-origin-resource-policy', 'same-origin')
          .header('content-type', 'application/json; charset=utf-8')
          .send(JSON.stringify(answer));
      },
    });
    done();
  });
}

/** `upload-damaged` where it is not what its digest says. */
function bodyOf({ body, headers }: FastifyRequest): Bytes {
  if (!Buffer.isBuffer(body)) throw new ClefError('bad-request', `a part is ${OCTETS}`);
  const field = headers['content-digest'];
  const digest = SHA_256.exec(typeof field === 'string' ? field : '')?.[1];
  if (digest === undefined) throw new ClefError('bad-request', 'a part needs content-digest with sha-256');
  const found = createHash('sha256').update(body).digest();
  if (timingSafeEqual(found, Buffer.from(digest, 'base64'))) return asBytes(body);
  throw new ClefError('upload-damaged', 'the part was changed on its way; send it again');
}
