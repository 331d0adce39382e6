import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConnectionDealer, type ConnectionTaker } from './connection-dealer.ts';
import { workerCount } from './media-workers.ts';

/** Takes what it is given once the test says so. */
class Taker implements ConnectionTaker {
  isReady = true;
  connections = 0;
  readonly taken: Socket[] = [];
  #underWay: { socket: Socket; answer: (isTaken: boolean) => void } | undefined;

  get isTaking(): boolean {
    return this.#underWay !== undefined;
  }

  take(socket: Socket): Promise<boolean> {
    return new Promise((answer) => {
      this.#underWay = { socket, answer };
    });
  }

  async settle(isTaken: boolean): Promise<void> {
    const { socket, answer } = this.#underWay ?? {};
    this.#underWay = undefined;
    if (socket && isTaken) {
      this.taken.push(socket);
      this.connections++;
    }
    answer?.(isTaken);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function stage(count: number) {
  const takers = Array.from({ length: count }, () => new Taker());
  const here: Socket[] = [];
  const dealer = new ConnectionDealer(takers, (socket) => here.push(socket));
  const sockets = (n: number) => Array.from({ length: n }, () => new Socket());
  return { takers, here, dealer, sockets };
}

describe('dealing connections', () => {
  it('gives each to whoever has the fewest, one at a time', async () => {
    const { takers, dealer, sockets } = stage(2);
    const [first, second] = takers as [Taker, Taker];
    first.connections = 2;
    for (const socket of sockets(4)) expect(dealer.offer(socket)).toBe(true);
    // Both are given one at once; who answers first is given the next.
    await second.settle(true);
    await second.settle(true);
    expect(second.taken).toHaveLength(2);
    await first.settle(true);
    await second.settle(true);
    expect([first.taken.length, second.taken.length]).toEqual([1, 3]);
  });

  it('closes its own end of a connection that was taken', async () => {
    const { takers, dealer, sockets } = stage(1);
    const [socket] = sockets(1) as [Socket];
    dealer.offer(socket);
    expect(socket.destroyed).toBe(false);
    await takers[0]?.settle(true);
    expect(socket.destroyed).toBe(true);
  });

  it('gives to another what did not arrive, before all others', async () => {
    const { takers, dealer, sockets } = stage(2);
    const [dying, living] = takers as [Taker, Taker];
    const [first, second, third] = sockets(3) as [Socket, Socket, Socket];
    for (const socket of [first, second, third]) dealer.offer(socket);
    dying.isReady = false;
    await dying.settle(false);
    await living.settle(true);
    await living.settle(true);
    expect(living.taken).toEqual([second, first]);
    expect(first.destroyed).toBe(true);
    expect(third.destroyed).toBe(false);
  });

  it('takes nothing while nobody is ready', () => {
    const { takers, dealer, sockets } = stage(1);
    const [taker] = takers as [Taker];
    taker.isReady = false;
    expect(dealer.offer(sockets(1)[0] as Socket)).toBe(false);
  });

  it('serves here what waited for those who ended', async () => {
    const { takers, here, dealer, sockets } = stage(1);
    const [taker] = takers as [Taker];
    const [first, second] = sockets(2) as [Socket, Socket];
    dealer.offer(first);
    dealer.offer(second);
    taker.isReady = false;
    await taker.settle(false);
    expect(here).toEqual([first, second]);
    expect(first.destroyed).toBe(false);
  });

  it('drops what its client closed while it waited', async () => {
    const { takers, dealer, sockets } = stage(1);
    const [first, second] = sockets(2) as [Socket, Socket];
    dealer.offer(first);
    dealer.offer(second);
    second.destroy();
    await takers[0]?.settle(true);
    expect(takers[0]?.isTaking).toBe(false);
  });

  it('lets no more than a bounded number wait', () => {
    const { dealer, sockets } = stage(1);
    const offered = sockets(1_030).filter((socket) => dealer.offer(socket));
    expect(offered).toHaveLength(1_025);
  });
});

describe('the number of media workers', () => {
  it('is what the setting says, or leaves two cores to the rest', () => {
    expect(workerCount(3, 1)).toBe(3);
    expect(workerCount(0, 64)).toBe(0);
    expect([1, 2, 3, 4, 8, 64].map((cores) => workerCount('auto', cores))).toEqual([0, 0, 1, 2, 4, 4]);
  });
});
