import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { ClefError } from '../../core/index.ts';
import { MediaWorkerProcess, type WorkerExit, type WorkerProcessOptions } from './media-worker-process.ts';
import { type FromWorker, readSent, type WorkerSettings, writeSent } from './media-worker-protocol.ts';

const settings: WorkerSettings = {
  socketPath: '/nowhere',
  secret: 'not in arguments',
  nodes: [],
  cacheBytes: 0,
  sealedBytes: 0,
};

describe('a media worker that is watched over', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let exits: WorkerExit[];
  let heard: FromWorker[];
  let nowMs: number;
  beforeEach(async () => {
    folder = await temporaryFolder('worker');
    exits = [];
    heard = [];
    nowMs = 0;
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  /** Runs a program in place of the worker. */
  async function run(code: string, options: Partial<WorkerProcessOptions> = {}): Promise<MediaWorkerProcess> {
    const program = join(folder.path, 'worker.mjs');
    await writeFile(program, code);
    return new MediaWorkerProcess({
      settings: () => settings,
      onMessage: (message) => heard.push(message),
      onExit: (exit) => exits.push(exit),
      now: () => nowMs,
      program,
      ...options,
    });
  }

  it('learns what it needs from its parent alone, and nothing from arguments or environment', async () => {
    process.env['CLEF_ADMIN_PASSWORD'] = 'a password of the parent';
    await using worker = await run(`
      process.once('message', ({ kind, settings }) => {
        const visible = JSON.stringify([process.argv, process.env]);
        const leaks = visible.includes(settings.secret) || visible.includes('a password of the parent');
        if (kind === 'start' && !leaks) process.send({ kind: 'ready' });
        process.on('message', () => process.exit());
      });`);
    await worker.settled;
    delete process.env['CLEF_ADMIN_PASSWORD'];
    expect(heard).toEqual([{ kind: 'ready' }]);
  });

  it('is started again when it dies, less and less often while it keeps dying', async () => {
    await using worker = await run('process.exit(3)');
    await worker.settled;
    await expect.poll(() => exits, { timeout: 20_000 }).toHaveLength(3);
    expect(exits.map(({ code, againInMs }) => [code, againInMs])).toEqual([
      [3, 100],
      [3, 200],
      [3, 400],
    ]);
  });

  it('is started again at once after it lived long enough', async () => {
    await using worker = await run(
      `process.send({ kind: 'ready' }); process.on('message', () => undefined);`,
    );
    for (const _ of [1, 2, 3]) {
      const { length } = exits;
      await expect.poll(() => heard.length).toBe(length + 1);
      nowMs += 60_000;
      process.kill(worker.pid ?? 0, 'SIGKILL');
      await expect.poll(() => exits).toHaveLength(length + 1);
    }
    expect(exits.map(({ signal, againInMs }) => [signal, againInMs])).toEqual([
      ['SIGKILL', 100],
      ['SIGKILL', 100],
      ['SIGKILL', 100],
    ]);
  });

  it('counts the streams that went with it', async () => {
    await using worker = await run(`
      const sent = { requestId: '1', route: 'r', method: 'GET', outcome: { kind: 'complete', status: 200, sentBytes: 1 } };
      process.once('message', () => {
        for (let i = 0; i < 3; i++) process.send({ kind: 'opened' });
        process.send({ kind: 'sent', sent }, () => process.exit());
      });`);
    await worker.settled;
    expect(exits[0]).toMatchObject({ streams: 2 });
  });

  it('is given connections, and gives back the one that it did not take', async () => {
    await using worker = await run(
      `let first = true;
      process.on('message', ({ kind }, socket) => {
        if (kind === 'start') process.send({ kind: 'ready' });
        if (kind !== 'connection' || !first) return;
        first = false;
        process.send({ kind: 'taken' });
        socket.end('from the worker');
        socket.once('close', () => process.send({ kind: 'left' }));
      });`,
      { takeWithinMs: 300 },
    );
    await worker.settled;
    expect(worker.isReady).toBe(true);
    const accepted: Socket[] = [];
    const listener = createServer({ pauseOnConnect: true }, (socket) => accepted.push(socket));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    // One after the other, so that they are accepted in this order.
    const one = connect(port, '127.0.0.1');
    await expect.poll(() => accepted.length).toBe(1);
    const clients = [one, connect(port, '127.0.0.1')] as const;
    await expect.poll(() => accepted.length).toBe(2);
    const [first, second] = accepted as [Socket, Socket];

    expect(await worker.take(first)).toBe(true);
    first.destroy();
    expect(Buffer.concat(await Array.fromAsync(clients[0])).toString()).toBe('from the worker');
    await expect.poll(() => worker.connections).toBe(0);

    const taking = worker.take(second);
    expect(worker.isTaking).toBe(true);
    expect(await taking).toBe(false);
    expect(exits[0]).toMatchObject({ signal: 'SIGKILL' });
    expect([worker.isReady, worker.isTaking]).toEqual([false, false]);
    second.end('from the parent');
    expect(Buffer.concat(await Array.fromAsync(clients[1])).toString()).toBe('from the parent');
    listener.close();
  });

  it('is not ready from when its channel closes, however long it takes to end', async () => {
    await using worker = await run(`
      process.on('message', ({ kind }) => {
        process.send({ kind: 'ready' }, () => process.disconnect());
      });
      setTimeout(() => undefined, 60_000);`);
    await expect.poll(() => heard).toEqual([{ kind: 'ready' }]);
    await expect.poll(() => worker.isReady).toBe(false);
    expect(await worker.take(new Socket())).toBe(false);
    expect(exits).toEqual([]);
    process.kill(worker.pid ?? 0, 'SIGKILL');
    await expect.poll(() => exits).toHaveLength(1);
  });

  it('is killed when it does not become ready', async () => {
    await using worker = await run(`process.on('message', () => undefined);`, { startWithinMs: 50 });
    await worker.settled;
    expect(exits[0]).toMatchObject({ signal: 'SIGKILL' });
  });

  it('is killed when it does not stop in time, and not started again', async () => {
    const worker = await run(`process.send({ kind: 'ready' }); process.on('message', () => undefined);`);
    await worker.settled;
    await worker.drain(0);
    expect(exits).toMatchObject([{ signal: 'SIGKILL', againInMs: undefined }]);
    expect(worker.pid).toBeUndefined();
  });

  it('is the media worker, which ends when it is told to', async () => {
    await using worker = await run('', {
      program: fileURLToPath(new URL('../../../bin/media-worker.js', import.meta.url)),
    });
    await worker.settled;
    expect(heard).toEqual([{ kind: 'ready' }]);
    await worker.drain(1_000);
    expect(exits).toMatchObject([{ code: 0, signal: null }]);
  });
});

describe('what a worker says of an answer', () => {
  const sent = { requestId: 'a-1', route: 'rest/stream', method: 'GET' };

  it('arrives as it was', () => {
    const outcome = { kind: 'disconnected', status: 206, sentBytes: 7 } as const;
    expect(overIpc({ ...sent, outcome })).toEqual({ ...sent, outcome });
  });

  it('carries failures with their code, and faults of Clef with their stack', () => {
    const failed = { kind: 'failed', status: 503, sentBytes: 0 } as const;
    const lost = overIpc({
      ...sent,
      outcome: { ...failed, error: new ClefError('vault-asset-lost', 'gone') },
    });
    expect(lost.outcome).toMatchObject({ error: { code: 'vault-asset-lost', message: 'gone' } });
    const fault = overIpc({ ...sent, outcome: { ...failed, error: new TypeError('x is no function') } });
    expect(fault.outcome).toMatchObject({
      error: { stack: expect.stringContaining('media-worker-process.test') },
    });
    const odd = overIpc({ ...sent, outcome: { ...failed, error: 'thrown text' } });
    expect(odd.outcome).toMatchObject({ error: { message: expect.stringContaining('fault') } });
  });

  function overIpc(what: Parameters<typeof writeSent>[0]) {
    return readSent(JSON.parse(JSON.stringify(writeSent(what))) as ReturnType<typeof writeSent>);
  }
});
