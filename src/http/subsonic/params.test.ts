import { describe, expect, it } from 'vitest';
import { wireId, type TrackId } from '../../core/index.ts';
import {
  booleanParam,
  idParam,
  integerParam,
  numberParam,
  requiredText,
  textParam,
  textParams,
} from './params.ts';

const bounds = { min: 0, max: 500 };

describe('parameters', () => {
  it('are the first of several, or all of them in order', () => {
    expect(textParam({ id: ['a', 'b'] }, 'id')).toBe('a');
    expect(textParams({ id: ['a', 'b'] }, 'id')).toEqual(['a', 'b']);
    expect(textParams({ id: 'a' }, 'id')).toEqual(['a']);
    expect(textParams({}, 'id')).toEqual([]);
  });

  it('that are required may be empty but not absent', () => {
    expect(requiredText({ query: '' }, 'query')).toBe('');
    expect(() => requiredText({}, 'query')).toThrow(expect.objectContaining({ code: 'missing-parameter' }));
  });

  it('that are numbers keep to their bounds', () => {
    expect(integerParam({ n: '500' }, 'n', bounds)).toBe(500);
    expect(integerParam({ n: '' }, 'n', bounds)).toBeUndefined();
    expect(integerParam({}, 'n', bounds)).toBeUndefined();
    expect(integerParam({ n: '501' }, 'n', { ...bounds, clamp: true })).toBe(500);
    for (const n of ['501', '-1', '1.5', '1e2', 'ten', ' 1', '0x10', '99999999999999999999']) {
      expect(() => integerParam({ n }, 'n', bounds), n).toThrow(
        expect.objectContaining({ code: 'bad-request' }),
      );
    }
    expect(() => integerParam({ n: '-1' }, 'n', { ...bounds, clamp: true })).toThrow('from 0 to 500');
  });

  it('that are fractions count as the nearest that is allowed', () => {
    const bounds = { min: 0.5, max: 2 };
    const read = (n: string) => numberParam({ n }, 'n', bounds);
    expect(['1.25', '2', '0.1', '16.0', ''].map(read)).toEqual([1.25, 2, 0.5, 2, undefined]);
    for (const n of ['-1', '1e2', 'fast', 'NaN', '1,5', '.5'])
      expect(() => read(n), n).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  it('that are true or false are written in few ways', () => {
    expect(booleanParam({ b: 'true' }, 'b')).toBe(true);
    expect(booleanParam({ b: 'FALSE' }, 'b')).toBe(false);
    expect(booleanParam({ b: '1' }, 'b')).toBe(true);
    expect(booleanParam({}, 'b')).toBeUndefined();
    expect(() => booleanParam({ b: 'perhaps' }, 'b')).toThrow('true or false');
  });

  it('that are ids of another kind, or none, name nothing', () => {
    const id = 1025 as TrackId;
    expect(idParam({ id: wireId('tr', id) }, 'id', 'tr')).toBe(id);
    for (const wrong of ['al-1', '1', '', 'tr-', 'tr-ZZ', '../x']) {
      expect(() => idParam({ id: wrong }, 'id', 'tr')).toThrow(
        expect.objectContaining({ code: 'not-found' }),
      );
    }
  });

  it('are refused where they are of no sensible length', () => {
    expect(() => textParam({ query: 'x'.repeat(5000) }, 'query')).toThrow('more than 4096 characters');
  });
});
