import { describe, expect, it, vi } from 'vitest';
import { FaultyNode } from '../../test/support/faulty-node.ts';
import { createLogBench, type LogBench, SERVER } from '../../test/support/library-log.ts';
import { MemoryChanges } from '../../test/support/memory-changes.ts';
import { memoryNodes } from '../../test/support/vault.ts';
import { ClefError, type ServerId } from '../core/index.ts';
import { verifyLogSegment } from '../crypto/index.ts';
import type { MemoryNode } from '../vault/nodes/memory.ts';
import type { StorageNode } from '../vault/nodes/port.ts';

async function namesOn(node: StorageNode): Promise<string[]> {
  return (await Array.fromAsync(node.list(''))).map(({ name }) => name).sort();
}

async function headersOn({ library }: LogBench, node: StorageNode) {
  const headers = [];
  for (const { name, lengthBytes } of await Array.fromAsync(node.list(''))) {
    headers.push((await verifyLogSegment(await node.read(name, 0, lengthBytes), library.trust)).header);
  }
  return headers.sort((a, b) => a.seq - b.seq);
}

/** `s1!` is the last, first part of a snapshot, `c` a segment of changes. */
async function shapeOn(bench: LogBench, node: StorageNode): Promise<string> {
  const headers = await headersOn(bench, node);
  return headers
    .map(({ kind, part, isLast }) => (kind === 'changes' ? 'c' : `s${part}${isLast ? '!' : ''}`))
    .join(' ');
}

function fill(changes: MemoryChanges, count: number, table = 'star'): void {
  for (let i = 0; i < count; i++) changes.put(table, [i], { text: `row ${i}` });
}

describe('writing the library log', () => {
  it('begins with a snapshot and puts each segment on every node', async () => {
    const nodes = memoryNodes(3);
    const bench = await createLogBench(nodes, 2);
    const changes = new MemoryChanges();
    fill(changes, 3);
    const log = await bench.open(changes);
    await log.flush();
    changes.put('star', [9], { text: 'later' });
    await log.flush();
    for (const node of nodes) expect(await shapeOn(bench, node)).toBe('s1! c');
    expect(log.head).toMatchObject({ seq: 2, position: 4 });
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('writes nothing when nothing changed', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const log = await bench.open(new MemoryChanges());
    await log.flush();
    await log.flush();
    expect(await shapeOn(bench, node)).toBe('s1!');
  });

  it('links the segments by their hashes, and goes on after a restart', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    for (let i = 0; i < 3; i++) {
      changes.put('star', [i], {});
      await (await bench.open(changes)).flush();
    }
    const headers = await headersOn(bench, node);
    expect(headers.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    const names = await namesOn(node);
    for (const [at, { previous }] of headers.entries()) {
      if (at > 0) expect(names[at - 1]).toContain(previous.toHex().slice(0, 16));
    }
    expect(await shapeOn(bench, node)).toBe('s1! c c');
  });

  it('reads the newest segment alone to go on', async () => {
    const [inner] = memoryNodes(1) as [MemoryNode];
    const node = new FaultyNode(inner);
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    for (let i = 0; i < 10; i++) {
      changes.put('star', [i], {});
      await log.flush();
    }
    const read: string[] = [];
    node.faults.onRead = (name) => read.push(name);
    const next = await bench.open(changes);
    changes.put('star', [10], {});
    await next.flush();
    expect(new Set(read).size).toBe(1);
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('does not advance while too few nodes take a segment, and writes the same one later', async () => {
    const nodes = memoryNodes(3);
    const bench = await createLogBench(nodes, 2);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    await log.flush();
    const before = log.head;
    const [first, second, third] = nodes as [MemoryNode, MemoryNode, MemoryNode];
    second.online = third.online = false;
    changes.put('star', [1], {});
    await expect(log.flush()).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    await expect(log.flush()).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    expect(log.head).toEqual(before);
    second.online = third.online = true;
    bench.clock.nowMs += 10_000;
    changes.put('star', [2], {});
    await log.flush();
    for (const node of nodes) expect(await namesOn(node)).toEqual(await namesOn(first));
    expect(await shapeOn(bench, first)).toBe('s1! c c');
  });

  it('waits for no node longer than it must', async () => {
    const [a, b, c] = memoryNodes(3) as [MemoryNode, MemoryNode, MemoryNode];
    const slow = new FaultyNode(c);
    const bench = await createLogBench([a, b, slow], 2);
    const changes = new MemoryChanges();
    const log = await bench.open(changes, { patienceMs: 20 });
    slow.faults.createHangsAfter = { bytes: 0 };
    changes.put('star', [1], {});
    await log.flush();
    expect(log.head).toMatchObject({ seq: 1, position: 1 });
    expect(bench.set.reachable()).toHaveLength(2);
    expect(await namesOn(c)).toEqual([]);
  });

  it('gives a node what it missed once it is back', async () => {
    const nodes = memoryNodes(3);
    const bench = await createLogBench(nodes, 2);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    const [first, , third] = nodes as [MemoryNode, MemoryNode, MemoryNode];
    third.online = false;
    for (let i = 0; i < 4; i++) {
      changes.put('star', [i], {});
      await log.tend();
    }
    third.online = true;
    bench.clock.nowMs += 10_000;
    await log.tend();
    expect(await namesOn(third)).toEqual(await namesOn(first));
  });

  it('writes on while one node is full, and mends it when there is room', async () => {
    const nodes = memoryNodes(3);
    const full = new FaultyNode(nodes[2] as MemoryNode);
    const bench = await createLogBench([...nodes.slice(0, 2), full], 2);
    full.faults.createFailsAfter = { bytes: 0, error: new ClefError('node-full', 'no room') };
    const changes = new MemoryChanges();
    fill(changes, 2);
    const log = await bench.open(changes);
    await log.tend();
    expect(log.head.seq).toBe(1);
    delete full.faults.createFailsAfter;
    await log.tend();
    expect(await namesOn(full)).toHaveLength(0);
    bench.clock.nowMs += 11 * 60_000;
    await log.tend();
    expect(await namesOn(full)).toHaveLength(1);
  });

  it('finishes a segment that a kill left on one node', async () => {
    const nodes = memoryNodes(3);
    const faulty = nodes.map((node) => new FaultyNode(node));
    const bench = await createLogBench(faulty, 2);
    const changes = new MemoryChanges();
    await (await bench.open(changes)).flush();
    const refused = new ClefError('node-io', 'the machine went down');
    for (const node of faulty.slice(1)) node.faults.createFailsAfter = { bytes: 0, error: refused };
    changes.put('star', [1], {});
    await expect((await bench.open(changes)).flush()).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    expect(await namesOn(nodes[0] as MemoryNode)).toHaveLength(2);

    for (const node of faulty) delete node.faults.createFailsAfter;
    const log = await bench.open(changes);
    expect(log.head).toMatchObject({ seq: 2, position: 1 });
    for (const node of nodes) expect(await namesOn(node)).toHaveLength(2);
    changes.put('star', [2], {});
    await log.flush();
    expect(await shapeOn(bench, nodes[2] as MemoryNode)).toBe('s1! c c');
  });

  it('does not guess where the chain ends while the node that knows may be away', async () => {
    const nodes = memoryNodes(5);
    const bench = await createLogBench(nodes, 2);
    const changes = new MemoryChanges();
    const [a, b, c, d, e] = nodes as [MemoryNode, MemoryNode, MemoryNode, MemoryNode, MemoryNode];
    c.online = d.online = e.online = false;
    bench.clock.nowMs += 10_000;
    const first = await bench.open(changes);
    await expect(first.flush()).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    c.online = d.online = e.online = true;
    bench.clock.nowMs += 10_000;
    await first.flush();
    c.online = d.online = e.online = false;
    changes.put('star', [1], {});
    await first.flush();

    c.online = d.online = e.online = true;
    a.online = b.online = false;
    bench.clock.nowMs += 10_000;
    const second = await bench.open(changes);
    expect(second.head.seq).toBe(0);
    await expect(second.flush()).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    a.online = true;
    bench.clock.nowMs += 10_000;
    await second.flush();
    expect(second.head).toMatchObject({ seq: 2, position: 1 });
  });

  it('cuts segments by bytes, so that large rows never outgrow one', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes, { segmentBytes: 20_000 });
    await log.flush();
    for (let i = 0; i < 10; i++)
      changes.put('lyrics', [i], { lines: String.fromCharCode(97 + i).repeat(15_000) });
    fill(changes, 100);
    await log.flush();
    expect(await shapeOn(bench, node)).toBe('s1! c c c c c c');
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('stops when it is told to, and the next run goes on', async () => {
    const bench = await createLogBench(memoryNodes(2), 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    fill(changes, 5);
    const stopping = new AbortController();
    stopping.abort(new Error('enough'));
    await expect(log.flush(stopping.signal)).rejects.toThrow('enough');
    await log.flush();
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });
});

describe('snapshots of the library log', () => {
  it('take the place of the segments before them', async () => {
    const nodes = memoryNodes(2);
    const bench = await createLogBench(nodes, 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes, { segmentsPerSnapshot: 3 });
    for (let i = 0; i < 9; i++) {
      changes.put('star', [i % 4], { times: i });
      if (i === 1) changes.put('playlist', ['short-lived'], {});
      if (i === 5) changes.remove('playlist', ['short-lived']);
      await log.tend();
    }
    for (const node of nodes) expect(await shapeOn(bench, node)).toBe('s1! c c');
    const { chains, recovered } = await bench.recover();
    expect(recovered.state()).toEqual(changes.state());
    expect(chains).toMatchObject([{ serverId: SERVER, segments: 3, missing: [], refused: 0 }]);
  });

  it('are written less often the longer they are', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    fill(changes, 40);
    const log = await bench.open(changes, { segmentsPerSnapshot: 2, segmentBytes: 500 });
    await log.tend();
    const parts = (await headersOn(bench, node)).length;
    expect(parts).toBeGreaterThan(4);
    for (let i = 0; i < parts; i++) {
      expect(await shapeOn(bench, node)).toMatch(/^s1 /);
      changes.put('star', [i], { text: 'new' });
      await log.tend();
    }
    const headers = await headersOn(bench, node);
    expect(headers.every(({ kind }) => kind === 'snapshot')).toBe(true);
    expect(headers[0]?.seq).toBeGreaterThan(parts);
  });

  it('remove nothing while a node is away that might bring back a part', async () => {
    const nodes = memoryNodes(3);
    const bench = await createLogBench(nodes, 2);
    const changes = new MemoryChanges();
    const log = await bench.open(changes, { segmentsPerSnapshot: 2 });
    await log.tend();
    const [first, , third] = nodes as [MemoryNode, MemoryNode, MemoryNode];
    third.online = false;
    for (let i = 0; i < 3; i++) {
      changes.put('star', [i], {});
      await log.tend();
    }
    expect(await shapeOn(bench, first)).toBe('s1! c c s1! c');
    third.online = true;
    bench.clock.nowMs += 10_000;
    await log.tend();
    for (const node of nodes) expect(await shapeOn(bench, node)).toBe('s1! c');
  });

  it('remove what they replaced also after a restart', async () => {
    const nodes = memoryNodes(3);
    const bench = await createLogBench(nodes, 2);
    const changes = new MemoryChanges();
    const log = await bench.open(changes, { segmentsPerSnapshot: 2 });
    await log.tend();
    (nodes[2] as MemoryNode).online = false;
    for (let i = 0; i < 2; i++) {
      changes.put('star', [i], {});
      await log.tend();
    }
    (nodes[2] as MemoryNode).online = true;
    bench.clock.nowMs += 10_000;
    await (await bench.open(changes)).tend();
    for (const node of nodes) expect(await shapeOn(bench, node)).toBe('s1!');
  });

  it('replace nothing when they were cut off before their last part', async () => {
    const inner = memoryNodes(1)[0] as MemoryNode;
    const node = new FaultyNode(inner);
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    const options = { segmentsPerSnapshot: 2, segmentBytes: 300 };
    fill(changes, 20);
    await (await bench.open(changes, { ...options, segmentBytes: 1e6 })).tend();
    for (let i = 0; i < 2; i++) {
      changes.put('star', [i], { text: 'new' });
      if (i === 0) await (await bench.open(changes, options)).tend();
    }
    let created = 0;
    node.faults.onPiece = () => {
      if (++created === 4)
        node.faults.createFailsAfter = { bytes: 0, error: new ClefError('node-io', 'down') };
    };
    await expect((await bench.open(changes, options)).tend()).rejects.toMatchObject({
      code: 'vault-too-few-nodes',
    });
    delete node.faults.onPiece;
    delete node.faults.createFailsAfter;
    expect(await shapeOn(bench, inner)).toMatch(/^s1! c c s1 s2 s3$/);
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());

    await (await bench.open(changes, options)).tend();
    expect(await shapeOn(bench, inner)).toMatch(/^s1 s2 s3 (s\d )*s\d!$/);
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('let changes pass while they are being written', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    fill(changes, 30);
    const log = await bench.open(changes, { segmentsPerSnapshot: 1, segmentBytes: 400 });
    await log.tend();
    // A snapshot of the same rows again, slowly, while a listener goes on.
    const rows = changes.snapshot.bind(changes);
    let played = 0;
    changes.snapshot = async function* slowly() {
      for await (const row of rows()) {
        bench.clock.nowMs += 3_000;
        if (++played % 10 === 0) changes.put('history', [played], {});
        yield row;
      }
    };
    for (let i = 0; i < 12; i++) {
      changes.put('star', [i], { text: 'new' });
      await log.tend();
    }
    const shape = await shapeOn(bench, node);
    expect(shape).toMatch(/^s1 .*s\d+ c s\d+.*s\d+!/);
    const { chains, recovered } = await bench.recover();
    expect(recovered.state()).toEqual(changes.state());
    expect(chains[0]?.missing).toEqual([]);
    expect(await changes.lastSeq()).toBe(log.head.position);
  });

  it('hold the deletions that are still known', async () => {
    const bench = await createLogBench(memoryNodes(1), 1);
    const changes = new MemoryChanges();
    fill(changes, 2);
    changes.remove('star', [0]);
    const log = await bench.open(changes);
    await log.tend();
    const { recovered } = await bench.recover();
    await recovered.apply([{ seq: 1, table: 'star', key: [0], rowVersion: 99, row: {} }]);
    expect(recovered.get('star', [0])).toBeUndefined();
  });

  it('take the place of changes that the catalogue has forgotten', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    for (let i = 0; i < 3; i++) {
      changes.put('star', [i], {});
      await log.tend();
    }
    await changes.trim(log.head.position);
    // The newest segments are lost with their only node's disk.
    for (const name of (await namesOn(node)).slice(1)) await node.delete(name);
    const after = await bench.open(changes);
    await after.tend();
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('take the place of changes that were forgotten while the log was open', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    fill(changes, 3);
    await log.flush();
    changes.put('star', [3], { text: 'missed' });
    await changes.trim(await changes.lastSeq());
    await log.flush();
    changes.put('star', [4], { text: 'later' });
    await log.flush();
    expect(await shapeOn(bench, node)).toBe('s1! s1! c');
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('take the place of changes that were forgotten while they were asked for', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    fill(changes, 3);
    await log.flush();
    const lastSeq = changes.lastSeq.bind(changes);
    vi.spyOn(changes, 'lastSeq').mockImplementationOnce(async () => {
      changes.put('star', [3], { text: 'missed' });
      await changes.trim(await lastSeq());
      changes.put('star', [4], { text: 'later' });
      return lastSeq();
    });
    await log.flush();
    await log.flush();
    expect(await shapeOn(bench, node)).toBe('s1! s1!');
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('mend a chain that lost a segment in its middle', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    const log = await bench.open(changes);
    for (let i = 0; i < 4; i++) {
      changes.put('star', [i], {});
      await log.tend();
    }
    await node.delete((await namesOn(node))[2] as string);
    expect((await bench.recover()).chains[0]?.missing).toEqual([3]);
    await (await bench.open(changes)).tend();
    const { chains, recovered } = await bench.recover();
    expect(chains[0]?.missing).toEqual([]);
    expect(recovered.state()).toEqual(changes.state());
  });

  it('need the memory of one segment, however many rows there are', async () => {
    const [node] = memoryNodes(1) as [MemoryNode];
    const bench = await createLogBench([node], 1);
    const changes = new MemoryChanges();
    let open = 0;
    let widest = 0;
    changes.snapshot = async function* many() {
      for (let i = 0; i < 20_000; i++) {
        widest = Math.max(widest, ++open);
        yield { seq: 0, table: 'star', key: [i], rowVersion: 1, row: { text: 'x'.repeat(50) } };
      }
    };
    const counting = new FaultyNode(node);
    counting.faults.onPiece = () => {
      open = 0;
    };
    const counted = await createLogBench([counting], 1);
    await (await counted.open(changes, { segmentBytes: 10_000 })).tend();
    expect(widest).toBeLessThan(200);
    expect((await namesOn(node)).length).toBeGreaterThan(100);
    expect(bench.set.reachable()).toHaveLength(1);
  });
});

describe('a server that was restored from an older data folder', () => {
  async function restored() {
    const nodes = memoryNodes(2);
    const bench = await createLogBench(nodes, 1);
    const changes = new MemoryChanges();
    const options = { segmentsPerSnapshot: 4 };
    const log = await bench.open(changes, options);
    fill(changes, 2);
    await log.tend();
    const backup = changes.backup();
    changes.put('playlist', ['lost'], { name: 'made after the backup' });
    changes.put('star', [1], { text: 'changed after the backup' });
    await log.tend();
    return { nodes, bench, backup, options };
  }

  it('begins a chain beside the other, and recovery merges both', async () => {
    const { bench, backup, options } = await restored();
    const log = await bench.open(backup, options);
    expect(log.head.seq).toBe(0);
    backup.put('playlist', ['new'], { name: 'made after the restore' });
    await log.tend();
    const { chains, recovered } = await bench.recover();
    expect(recovered.get('playlist', ['lost'])).toBeDefined();
    expect(recovered.get('playlist', ['new'])).toBeDefined();
    expect(chains).toMatchObject([{ serverId: SERVER, missing: [] }]);
    expect(chains[0]?.head).toBe(log.head.hash.toHex());
  });

  it('never removes the other chain, whatever snapshots follow', async () => {
    const { bench, backup, options, nodes } = await restored();
    for (let i = 0; i < 30; i++) {
      backup.put('history', [i], {});
      await (await bench.open(backup, options)).tend();
    }
    const { recovered } = await bench.recover();
    expect(recovered.get('playlist', ['lost'])).toBeDefined();
    expect(recovered.get('history', [29])).toBeDefined();
    expect((await namesOn(nodes[0] as MemoryNode)).length).toBeLessThan(10);
  });

  it('is found out even when it has more changes by now than were lost', async () => {
    const { bench, backup } = await restored();
    fill(backup, 20, 'history');
    const log = await bench.open(backup);
    expect(log.head.seq).toBe(0);
    await log.tend();
    const { recovered } = await bench.recover();
    expect(recovered.get('playlist', ['lost'])).toBeDefined();
    for (let i = 0; i < 20; i++) expect(recovered.get('history', [i])).toBeDefined();
  });

  it('shares the log with other servers, whose chains stay as they are', async () => {
    const nodes = memoryNodes(2);
    const bench = await createLogBench(nodes, 1);
    const other = 'ab'.repeat(16) as ServerId;
    const theirs = new MemoryChanges();
    theirs.put('star', ['theirs'], {});
    await (await bench.open(theirs, { serverId: other })).tend();
    const ours = new MemoryChanges();
    const log = await bench.open(ours, { segmentsPerSnapshot: 1 });
    for (let i = 0; i < 5; i++) {
      ours.put('star', [i], {});
      await log.tend();
    }
    const { chains, recovered } = await bench.recover();
    expect(chains.map(({ serverId }) => serverId).sort()).toEqual([SERVER, other].sort());
    expect(recovered.get('star', ['theirs'])).toBeDefined();
  });
});
