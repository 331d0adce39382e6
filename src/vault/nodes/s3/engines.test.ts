import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorAnswer, listAnswer, OddEngine, type OddRequest } from '../../../../test/support/odd-engine.ts';
import { type NodeId, randomId, utf8 } from '../../../core/index.ts';
import { MARKER_NAME, TEMPORARY_PREFIX } from '../names.ts';
import { initS3Node, openS3Node, type S3Node, type S3NodeSettings } from '../s3.ts';

/** What Ceph cannot be made to do. */
describe('an engine of another kind', () => {
  let engine: OddEngine;
  let node: S3Node;
  const nodeId = randomId<NodeId>(randomBytes);
  const settings = (): S3NodeSettings => ({
    address: engine.address,
    credentials: { accessKeyId: 'clef', secretAccessKey: 'not to be told' },
    expectedId: nodeId,
    random: () => 0,
  });

  beforeEach(async () => {
    engine = await OddEngine.start();
    await initS3Node(settings(), { nodeId });
    node = await openS3Node(settings());
  });
  afterEach(async () => {
    await node[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  describe('that spells its listings by number', () => {
    test('lists the versions that a look at the objects finds, by which they can be exchanged', async () => {
      const { version } = await node.create('object', pieces('one'));
      const listed = await Array.fromAsync(node.list(''));
      expect(listed).toEqual([expect.objectContaining({ name: 'object', version })]);
      await node.replace('object', listed[0]?.version ?? '', pieces('two'));
      expect(engine.objects.get('clef/object')?.toString()).toBe('two');
    });
  });

  describe('whose answer to a write is lost', () => {
    const big = 'b'.repeat(9 * 2 ** 20);
    /** The first of them is carried out, or not, and has no answer. */
    const loseFirst = (isLost: (request: OddRequest) => boolean, meanwhile?: () => void) => {
      let lost = 0;
      engine.oddly = (request, proper) => {
        if (!isLost(request) || lost++ > 0) return undefined;
        if (!meanwhile) return { ...proper(), sends: 'nothing' };
        meanwhile();
        return { status: 200, sends: 'nothing' };
      };
    };
    const put = (text: string) => engine.objects.set('clef/object', Buffer.from(text));

    test('has the object that was created', async () => {
      loseFirst(isOfObject('PUT'));
      expect(await node.create('object', pieces('one'))).toMatchObject({ lengthBytes: 3 });
    });

    test('has the object that was exchanged', async () => {
      const { version } = await node.create('object', pieces('one'));
      loseFirst(isOfObject('PUT'));
      await node.replace('object', version, pieces('two'));
      expect(engine.objects.get('clef/object')?.toString()).toBe('two');
    });

    test.each(['two', 'on', 'one more'])('may have the object of another writer: %s', async (text) => {
      loseFirst(isOfObject('PUT'), () => put(text));
      await expect(node.create('object', pieces('one'))).rejects.toMatchObject({
        code: 'node-object-exists',
      });
    });

    test('has the object that was sent in parts', async () => {
      loseFirst(isCompletion);
      expect(await node.create('object', pieces(big))).toMatchObject({ lengthBytes: big.length });
      expect(engine.seen.filter(isCompletion)).toHaveLength(2);
    });

    test('has the object that was sent in parts where it looks at the condition first', async () => {
      let completed = 0;
      engine.oddly = (request, proper) => {
        if (!isCompletion(request)) return undefined;
        return completed++ === 0 ? { ...proper(), sends: 'nothing' } : errorAnswer(412, 'PreconditionFailed');
      };
      expect(await node.create('object', pieces(big))).toMatchObject({ lengthBytes: big.length });
    });

    test.each([
      [404, 'NoSuchUpload', 'node-io'],
      [412, 'PreconditionFailed', 'node-object-exists'],
    ] as const)('may have an object of the same length by another writer: %i', async (status, name, code) => {
      let completed = 0;
      engine.oddly = (request) => {
        if (!isCompletion(request)) return undefined;
        put('c'.repeat(big.length));
        return completed++ === 0 ? { status: 200, sends: 'nothing' } : errorAnswer(status, name);
      };
      await expect(node.create('object', pieces(big))).rejects.toMatchObject({ code });
    });
  });

  describe('that tells of another write under way', () => {
    const conflict = errorAnswer(409, 'ConditionalRequestConflict');

    test('is asked again', async () => {
      let puts = 0;
      engine.oddly = (request) => (isOfObject('PUT')(request) && puts++ === 0 ? conflict : undefined);
      await node.create('object', pieces('one'));
      expect(puts).toBe(2);
    });

    test('does not say that the object exists', async () => {
      engine.oddly = (request) => (isOfObject('PUT')(request) ? conflict : undefined);
      const creating = node.create('object', pieces('one'));
      await expect(creating).rejects.toMatchObject({ code: 'node-io', retryable: true });
    });

    test('refused the first try: what is there is not its own, even with the same bytes', async () => {
      let puts = 0;
      engine.oddly = (request) => {
        if (!isOfObject('PUT')(request) || puts++ > 0) return undefined;
        engine.objects.set('clef/object', Buffer.from('one'));
        return conflict;
      };
      await expect(node.create('object', pieces('one'))).rejects.toMatchObject({
        code: 'node-object-exists',
      });
    });
  });

  describe('that is tried for its conditions', () => {
    test.each([
      [403, 'AccessDenied', 'node-offline'],
      [503, 'SlowDown', 'node-offline'],
      [507, 'StorageFull', 'node-full'],
      [400, 'InvalidRequest', 'node-io'],
    ] as const)('is tried again after it had another fault: %i', async (status, name, code) => {
      for (const header of ['', 'if-none-match', 'if-match']) {
        engine.oddly = (request) =>
          isProbe(request) && (header === '' || request.headers[header] !== undefined)
            ? errorAnswer(status, name)
            : undefined;
        await expect(node.create('object', pieces('one'))).rejects.toMatchObject({ code });
      }
      engine.oddly = () => undefined;
      await node.create('object', pieces('one'));
      expect(engine.seen.findLast(isOfObject('PUT'))?.headers).toHaveProperty('if-none-match', '*');
    });

    test.each([
      [501, 'NotImplemented'],
      [400, 'NotImplemented'],
    ] as const)('is written to without where it knows none: %i', async (status, code) => {
      engine.oddly = ({ headers }) =>
        (headers['if-none-match'] ?? headers['if-match']) ? errorAnswer(status, code) : undefined;
      const { version } = await node.create('object', pieces('one'));
      await node.replace('object', version, pieces('two'));
      expect(engine.objects.get('clef/object')?.toString()).toBe('two');
    });
  });

  describe('that does not take the credentials', () => {
    test.each([
      ['ExpiredToken', 400, /credentials of a bucket have expired.*400 ExpiredToken/],
      ['TokenRefreshRequired', 400, /credentials of a bucket have expired/],
      ['InvalidToken', 400, /refuses its credentials.*400 InvalidToken/],
      ['AuthorizationHeaderMalformed', 400, /refuses its credentials/],
      ['RequestTimeTooSkewed', 403, /clock/],
      ['RequestTimeTooSkewed', 400, /clock/],
    ] as const)('is offline and says so: %s with %i', async (code, status, sentence) => {
      engine.oddly = (request) => (isListing(request) ? errorAnswer(status, code) : undefined);
      const error: unknown = await Array.fromAsync(node.list('')).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'node-offline', message: expect.stringMatching(sentence) });
      expect(inspect(error)).not.toContain('not to be told');
    });

    test.each([400, 301, 405, 500])('is not taken for the node: %i', async (status) => {
      engine.oddly = (request) => (isOfMarker(request) ? errorAnswer(status, 'Whatever') : undefined);
      const opening = openS3Node({ ...settings() });
      await expect(opening.then((opened) => opened.verify())).rejects.toMatchObject({
        code: 'node-offline',
        message: expect.stringContaining(`${status} Whatever`),
      });
    });
  });

  describe('whose listings cannot be followed', () => {
    const more = (token = '') =>
      `<IsTruncated>true</IsTruncated>${token && `<NextContinuationToken>${token}</NextContinuationToken>`}`;

    test('does not pass off a part as the whole', async () => {
      engine.oddly = (request) =>
        isListing(request) ? listAnswer([{ key: 'clef/object' }], more()) : undefined;
      await expect(Array.fromAsync(node.list(''))).rejects.toMatchObject({ code: 'node-io' });
    });

    test.each([1, 2, 7])('does not keep its caller for ever in a circle of %i pages', async (length) => {
      let pages = 0;
      engine.oddly = (request) =>
        isListing(request) ? listAnswer([], more(`token-${pages++ % length}`)) : undefined;
      await expect(Array.fromAsync(node.list(''))).rejects.toMatchObject({ code: 'node-io' });
      expect(pages).toBeLessThan(4 * (length + 1));
    });

    test('is followed over many pages', async () => {
      engine.oddly = (request) => {
        if (!isListing(request)) return undefined;
        const page = Number(request.query.get('continuation-token') ?? 0);
        return listAnswer([{ key: `clef/object-${page}` }], page < 20 ? more(String(page + 1)) : undefined);
      };
      expect(await Array.fromAsync(node.list(''))).toHaveLength(21);
    });

    test.each([
      ['without a place to go on from', ''],
      ['in a circle', '<NextKeyMarker>clef/a</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>'],
    ])('does not keep a sweep for ever: uploads %s', async (_, markers) => {
      engine.oddly = ({ method, query }) =>
        method === 'GET' && query.has('uploads')
          ? {
              status: 200,
              body: `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>${markers}</ListMultipartUploadsResult>`,
            }
          : undefined;
      await expect(node.removeTemporary(0)).rejects.toMatchObject({ code: 'node-io' });
    });

    test('has no say about what is outside the node', async () => {
      engine.oddly = (request) =>
        isListing(request)
          ? listAnswer([{ key: 'else/object' }, { key: 'clef/ab/1' }, { key: 'clef/cd/2' }])
          : undefined;
      expect((await Array.fromAsync(node.list('ab/'))).map(({ name }) => name)).toEqual(['ab/1']);
    });
  });

  describe('whose answers have no end', () => {
    test.each(['half', 'stalls'] as const)('is offline (%s)', async (sends) => {
      await using hasty = await openS3Node({ ...settings(), idleMs: 300 });
      engine.oddly = (request, proper) => (isListing(request) ? { ...proper(), sends } : undefined);
      const listing = Array.fromAsync(hasty.list(''));
      await expect(listing).rejects.toMatchObject({
        name: 'ClefError',
        code: 'node-offline',
        retryable: true,
        cause: expect.any(Error),
      });
    });

    test.each([
      ['a listing', 200, isListing],
      ['a refusal', 400, isListing],
      ['a marker', 200, isOfMarker],
    ] as const)('is left with the reason of whoever gives up: %s', async (_, status, isEndless) => {
      const reason = new Error('no longer wanted');
      const caller = new AbortController();
      let waiting = false;
      await using aborted = await openS3Node({
        ...settings(),
        fetch: async (...request) => {
          const answer = await fetch(...request);
          if (waiting && answer.status === status) setImmediate(() => caller.abort(reason));
          return answer;
        },
      });
      engine.oddly = (request, proper) => {
        waiting = isEndless(request);
        return waiting ? { ...proper(), status, sends: 'stalls' } : undefined;
      };
      await expect(Array.fromAsync(aborted.list('', { signal: caller.signal }))).rejects.toBe(reason);
    });
  });
});

function isListing({ method, key, query }: OddRequest): boolean {
  return method === 'GET' && key === '' && !query.has('uploads');
}

function isOfMarker({ method, key }: OddRequest): boolean {
  return method === 'GET' && key.endsWith(MARKER_NAME);
}

function isOfObject(method: string) {
  return (request: OddRequest): boolean => request.method === method && request.key === 'clef/object';
}

function isCompletion({ method, query }: OddRequest): boolean {
  return method === 'POST' && query.has('uploadId');
}

function isProbe({ method, key }: OddRequest): boolean {
  return method === 'PUT' && key.startsWith(`clef/${TEMPORARY_PREFIX}probe-`);
}

async function* pieces(...texts: readonly string[]) {
  yield* texts.map((text) => utf8(text));
}
