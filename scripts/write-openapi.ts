/** Writes test/fixtures/api-v1/openapi.json, and refuses where that would break a client of what is there. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadToJsonSchema, openApiDocument } from '../src/http/api/openapi.ts';
import { breakingChanges } from './openapi/breaking-changes.ts';

const file = join(import.meta.dirname, '..', 'test', 'fixtures', 'api-v1', 'openapi.json');
const document = JSON.parse(JSON.stringify(openApiDocument(await loadToJsonSchema()))) as unknown;
const before: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));

const faults = breakingChanges(before, document);
if (faults.length === 0) await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
else {
  console.error(`clients of version 1 would break:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  process.exitCode = 1;
}
