import { describe, expect, it } from 'vitest';
import { firstFound } from './first-found.ts';

const never = new Promise<undefined>(() => undefined);

describe('the first that finds anything', () => {
  it('is not waited for by those that find nothing, nor waits for those that never end', async () => {
    expect(await firstFound([never, Promise.resolve(undefined), Promise.resolve(7)])).toBe(7);
  });

  it('is nothing once all found nothing, and where nobody looks', async () => {
    expect(await firstFound([Promise.resolve(undefined), Promise.resolve(undefined)])).toBeUndefined();
    expect(await firstFound([])).toBeUndefined();
  });

  it('fails with the first that fails before', async () => {
    await expect(firstFound([never, Promise.reject(new Error('given up'))])).rejects.toThrow('given up');
  });
});
