import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClefError } from '../../core/index.ts';
import { callControl, connectToControl } from './client.ts';
import { listenForControl, type RequestHandler } from './server.ts';

describe('the control socket', () => {
  let folder: string;
  let path: string;
  let server: AsyncDisposable | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clef-control-'));
    path = join(folder, 'control.sock');
  });
  afterEach(async () => {
    await server?.[Symbol.asyncDispose]();
    server = undefined;
    await rm(folder, { recursive: true });
  });

  async function call(handler: RequestHandler, args: unknown, signal = new AbortController().signal) {
    server = await listenForControl(path, handler);
    const socket = await connectToControl(path);
    if (!socket) throw new Error('nobody listens');
    const progress: unknown[] = [];
    const result = await callControl(
      socket,
      { operation: 'x', args },
      { signal, onProgress: (p) => progress.push(p) },
    );
    return { result, progress };
  }

  it('carries a request, its progress and its result', async () => {
    const { result, progress } = await call(
      async ({ args }, { onProgress }) => {
        onProgress({ done: 1 });
        onProgress({ done: 2 });
        return { got: args };
      },
      { name: 'ü\n' },
    );
    expect(result).toEqual({ got: { name: 'ü\n' } });
    expect(progress).toEqual([{ done: 1 }, { done: 2 }]);
  });

  it('brings an error back with its code', async () => {
    const failing = call(async () => {
      throw new ClefError('user-exists', 'a user named ada exists already');
    }, {});
    await expect(failing).rejects.toMatchObject({
      code: 'user-exists',
      message: 'a user named ada exists already',
    });
  });

  it('tells nothing of a fault inside the server', async () => {
    const failing = call(async () => {
      throw new TypeError('secret detail');
    }, {});
    await expect(failing).rejects.toMatchObject({
      code: 'internal',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('can be opened by its owner only', async () => {
    await call(async () => null, {});
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('cancels the operation when the client goes', async () => {
    const cancelled = Promise.withResolvers<void>();
    const controller = new AbortController();
    const calling = call(
      (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            cancelled.resolve();
            reject(new Error('cancelled'));
          });
          controller.abort(new Error('Ctrl-C'));
        }),
      {},
      controller.signal,
    );
    await expect(calling).rejects.toThrow('Ctrl-C');
    await cancelled.promise;
  });

  it('answers a malformed line with an error', async () => {
    server = await listenForControl(path, async () => null);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(path, () => socket.write('{"operation":\n'));
      socket.setEncoding('utf8').on('data', (text: string) => resolve(text));
    });
    expect(JSON.parse(answer)).toMatchObject({ kind: 'error', code: 'bad-request' });
  });

  it('finds nobody where no server listens', async () => {
    expect(await connectToControl(path)).toBeUndefined();
  });
});
