import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, SEALED_CHUNK_BYTES } from '../crypto/index.ts';
import { CELL_BYTES, createLayout } from './layout.ts';
import { type Batch, FIRST_SPAN_BYTES, LARGEST_SPAN_BYTES, planBatch } from './read-plan.ts';

describe('read plan', () => {
  it('reads a range of five chunks of one column at once', () => {
    const layout = createLayout({ k: 1, m: 0 }, 100 * CHUNK_BYTES);
    expect(planBatch(layout, { first: 2, end: 7 }, 2, FIRST_SPAN_BYTES)).toEqual({
      first: 2,
      end: 7,
      spans: [{ column: 0, startBytes: 2 * SEALED_CHUNK_BYTES, endBytes: 7 * SEALED_CHUNK_BYTES }],
    });
  });

  it('begins a long read with one row and grows to four cells of a column', () => {
    const layout = createLayout({ k: 2, m: 1 }, 200 * CHUNK_BYTES);
    const range = { first: 0, end: 200 };
    expect(planBatch(layout, range, 0, FIRST_SPAN_BYTES)?.end).toBe(8);
    expect(planBatch(layout, range, 8, 2 * CELL_BYTES)?.end).toBe(24);
    expect(planBatch(layout, range, 24, LARGEST_SPAN_BYTES)?.end).toBe(56);
  });

  it('covers every chunk of any range once, in order, with spans that hold exactly these chunks', () => {
    fc.assert(
      fc.property(
        fc.record({ k: fc.integer({ min: 1, max: 6 }), m: fc.constant(0) }),
        fc.integer({ min: 0, max: 120 * CHUNK_BYTES }),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(1, FIRST_SPAN_BYTES, LARGEST_SPAN_BYTES),
        (policy, lengthBytes, a, b, spanBytes) => {
          const layout = createLayout(policy, lengthBytes);
          const first = a % layout.chunkCount;
          const end = first + 1 + (b % (layout.chunkCount - first));
          const batches: Batch[] = [];
          let next = first;
          for (;;) {
            const batch = planBatch(layout, { first, end }, next, spanBytes);
            if (!batch) break;
            expect(batch.first).toBe(next);
            expect(batch.end).toBeGreaterThan(next);
            next = batch.end;
            batches.push(batch);
          }
          expect(next).toBe(end);
          for (const batch of batches) {
            let held = 0;
            for (let chunk = batch.first; chunk < batch.end; chunk++) {
              const place = layout.place(chunk);
              const span = batch.spans.find(({ column }) => column === place.column);
              expect(span?.startBytes).toBeLessThanOrEqual(place.offsetBytes);
              expect(span?.endBytes).toBeGreaterThanOrEqual(place.offsetBytes + place.lengthBytes);
              held += place.lengthBytes;
            }
            const spanned = batch.spans.reduce((sum, span) => sum + span.endBytes - span.startBytes, 0);
            expect(spanned).toBe(held);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
