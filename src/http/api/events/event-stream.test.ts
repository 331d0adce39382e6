import { describe, expect, it } from 'vitest';
import type { ServerEvent } from '../../../api/index.ts';
import { EventStream } from './event-stream.ts';

/** A client that takes nothing until it is told to. */
class Client {
  readonly texts: string[] = [];
  isReading = true;
  ended = false;

  write(text: string): boolean {
    this.texts.push(text);
    return this.isReading;
  }

  end(): void {
    this.ended = true;
  }
}

const revoked = (deviceId: string): ServerEvent => ({ kind: 'device-revoked', deviceId });

function started(): { client: Client; stream: EventStream } {
  const client = new Client();
  const stream = new EventStream(client);
  client.texts.length = 0;
  return { client, stream };
}

describe('a stream of events', () => {
  it('sends each as one JSON object', () => {
    const { client, stream } = started();
    stream.send(revoked('a\nb'));
    stream.beat();
    expect(client.texts).toEqual([
      'data: {"kind":"device-revoked","deviceId":"a\\nb"}\n\n',
      ': still here\n\n',
    ]);
  });

  it('holds back what a slow client does not take, and sends it in order', () => {
    const { client, stream } = started();
    client.isReading = false;
    for (const id of ['1', '2', '3']) stream.send(revoked(id));
    stream.beat();
    expect(client.texts).toHaveLength(1);
    client.isReading = true;
    stream.resume();
    expect(client.texts.map((text) => /"deviceId":"(\d)"/.exec(text)?.[1])).toEqual(['1', '2', '3']);
  });

  it('keeps only the newest of what the newest says all of', () => {
    const { client, stream } = started();
    client.isReading = false;
    stream.send(revoked('1'));
    for (let atMs = 0; atMs < 1_000; atMs++) stream.send({ kind: 'library-changed', atMs });
    client.isReading = true;
    stream.resume();
    expect(client.texts.slice(1)).toEqual(['data: {"kind":"library-changed","atMs":999}\n\n']);
    expect(client.ended).toBe(false);
  });

  it('cuts a client off that falls too far behind', () => {
    const { client, stream } = started();
    client.isReading = false;
    for (let i = 0; i < 65; i++) stream.send(revoked(String(i)));
    expect(client.ended).toBe(false);
    stream.send(revoked('one more'));
    expect(client.ended).toBe(true);
    stream.resume();
    stream.send(revoked('too late'));
    expect(client.texts).toHaveLength(1);
  });
});
