import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError, type Call, type Upload } from '../../api/index.ts';
import { patternBytes, sameBytes } from '../../../test/support/vault.ts';
import { FileChanged, sendFile, type SendParts } from './send-file.ts';

const BLOCK = 256 * 1024;

function unreachable(): ApiError {
  return new ApiError({ code: 'unreachable', title: 'away', status: 0, retryable: true });
}

/** What the server does with uploads, in memory, over a line that may be cut before or after it did. */
function farEnd(cuts: readonly ('none' | 'before' | 'after')[] = []) {
  const kept: Uint8Array[] = [];
  const offsets: number[] = [];
  const sizes: number[] = [];
  const left = [...cuts];
  let facts: Upload | undefined;

  const stand = (): Upload => {
    if (!facts) throw new Error('nothing was begun');
    return { ...facts, receivedBytes: kept.reduce((sum, { length }) => sum + length, 0) };
  };
  async function overTheLine(work: () => Upload): Promise<Upload> {
    const cut = left.shift() ?? 'none';
    if (cut === 'before') throw unreachable();
    const answer = work();
    if (cut === 'after') throw unreachable();
    return answer;
  }
  const call = ((_route: unknown, { params, body }: { params: { id: string }; body: object }) =>
    overTheLine(() => {
      facts ??= { id: params.id, receivedBytes: 0, ...body } as Upload;
      return stand();
    })) as unknown as Call;
  const parts: SendParts = {
    call,
    sendPart: ({ offsetBytes, bytes }) =>
      overTheLine(() => {
        offsets.push(offsetBytes);
        if (offsetBytes !== stand().receivedBytes) {
          throw new ApiError({ code: 'upload-conflict', title: 'not here', status: 409, retryable: false });
        }
        sizes.push(bytes.byteLength);
        kept.push(new Uint8Array(bytes));
        return stand();
      }),
    rest: async () => undefined,
  };
  return { parts, kept, offsets, sizes };
}

function sending(file: File, signal = new AbortController().signal) {
  return { id: 'a'.repeat(32), file, signal, onProgress: () => undefined, onHeldUp: () => undefined };
}

describe('sending a file', () => {
  it('begins with a small part, and makes them larger while the line is fast', async () => {
    const { parts, sizes } = farEnd();
    const bytes = patternBytes(8 * BLOCK + 5);
    await sendFile(parts, sending(new File([bytes], 'a.flac')));
    expect(sizes).toEqual([BLOCK, 2 * BLOCK, 4 * BLOCK, BLOCK + 5]);
  });

  it('gets the same bytes across, wherever the line is cut', async () => {
    const cut = fc.constantFrom('none' as const, 'before' as const, 'after' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 * BLOCK }),
        fc.array(cut, { maxLength: 10 }),
        async (length, cuts) => {
          const { parts, kept } = farEnd(cuts);
          const bytes = patternBytes(length, length);
          const upload = await sendFile(parts, sending(new File([bytes], 'a.flac')));
          expect(upload.receivedBytes).toBe(length);
          expect(sameBytes(Buffer.concat(kept), bytes)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('goes on where an earlier page stopped', async () => {
    const far = farEnd();
    const bytes = patternBytes(5 * BLOCK);
    const stopping = new AbortController();
    const first = sendFile(far.parts, {
      ...sending(new File([bytes], 'a.flac'), stopping.signal),
      onProgress: ({ receivedBytes }) => {
        if (receivedBytes > 0) stopping.abort(new Error('the page is gone'));
      },
    });
    await expect(first).rejects.toThrow('the page is gone');
    await sendFile(far.parts, sending(new File([bytes], 'a.flac')));
    expect(far.offsets).toEqual([0, BLOCK, 2 * BLOCK, 4 * BLOCK]);
    expect(sameBytes(Buffer.concat(far.kept), bytes)).toBe(true);
  });

  it('stops where trying again changes nothing: what the server refuses, and a file that is gone', async () => {
    const { parts } = farEnd();
    const refusal = new ApiError({ code: 'data-full', title: 'full', status: 507, retryable: false });
    const full = { ...parts, sendPart: () => Promise.reject(refusal) };
    const file = new File([patternBytes(10)], 'a.flac');
    await expect(sendFile(full, sending(file))).rejects.toBe(refusal);
    const gone = Object.assign(new File([patternBytes(10)], 'a.flac'), {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }),
    });
    await expect(sendFile(farEnd().parts, sending(gone))).rejects.toBeInstanceOf(FileChanged);
  });

  it('says why it waits where the server said so', async () => {
    const { parts } = farEnd();
    const limit = new ApiError({ code: 'upload-limit', title: 'too many', status: 429, retryable: true });
    const answers: unknown[] = [limit, unreachable()];
    const told: (string | undefined)[] = [];
    const sendPart: SendParts['sendPart'] = (part) => {
      const fault = answers.shift();
      return fault === undefined ? parts.sendPart(part) : Promise.reject(fault);
    };
    const file = new File([patternBytes(10)], 'a.flac');
    await sendFile({ ...parts, sendPart }, { ...sending(file), onHeldUp: (reason) => told.push(reason) });
    expect(told).toEqual(['too many', undefined]);
  });
});
