/** Writes docs/errors.md from the error table. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorTable } from '../src/core/index.ts';

const rows = Object.entries(errorTable).map(
  ([code, row]) =>
    `| \`${code}\` | ${row.meaning} | ${row.retryable ? 'yes' : 'no'} | ${row.httpStatus} | ${row.subsonicCode} |`,
);

const page = `# Errors

Every error that Clef throws is a \`ClefError\` with one of these codes. "Retry" means that the same call may
succeed later without anything being changed. The HTTP status is for the native API; OpenSubsonic answers
carry the Subsonic code, in a document of HTTP status 200, as its players expect.

This page is written by \`node scripts/write-errors.ts\` from \`src/core/error-table.ts\`, and a test holds the two together.

| code | meaning | retry | HTTP | Subsonic |
|---|---|---|---|---|
${rows.join('\n')}
`;

await writeFile(join(import.meta.dirname, '..', 'docs', 'errors.md'), page);
