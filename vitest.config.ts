import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
    globalSetup: 'test/support/shared-by-run.ts',
    pool: 'forks',
    // Files share their process: to load every module anew for each costs more than many of them take.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // What is waited for comes when it comes: a busy machine is no fault.
    expect: { poll: { timeout: 20_000 } },
  },
});
