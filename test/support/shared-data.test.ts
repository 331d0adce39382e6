import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest';
import { fileOfPackage } from './debian.ts';
import { sharedData } from './shared-data.ts';

/** What a skipped test would say. */
function reasonOf(act: (context: TestContext) => void): string | undefined {
  let reason: string | undefined;
  const skip = (note: string) => {
    reason = note;
  };
  act({ skip } as unknown as TestContext);
  return reason;
}

describe('a test whose data or program is absent', () => {
  afterEach(() => void vi.unstubAllEnvs());

  const cases = [
    (context: TestContext) => sharedData('no-such-folder', context),
    (context: TestContext) => fileOfPackage('no-such-package', '/no/such/file', context),
  ];

  it('is skipped and says why', () => {
    vi.stubEnv('CI', undefined);
    expect(cases.map(reasonOf)).toEqual([
      '../shared/no-such-folder is absent',
      'Debian package no-such-package is absent',
    ]);
  });

  it('fails with CI=true', () => {
    vi.stubEnv('CI', 'true');
    for (const act of cases) expect(() => reasonOf(act)).toThrow('which CI=true does not allow');
  });
});
