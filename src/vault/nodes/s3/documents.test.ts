import { describe, expect, test } from 'vitest';
import { readPage } from './documents.ts';

describe('a listing', () => {
  test('may spell characters by number, as engines written in Go do', () => {
    expect(keyIn('it&#39;s&#x20;&#x22;a&#34;')).toBe('it\'s "a"');
  });

  test('is decoded once', () => {
    expect(keyIn('a&amp;#34;b')).toBe('a&#34;b');
  });

  test('keeps a reference to no character as it is written', () => {
    expect(keyIn('a&#x110000;b')).toBe('a&#x110000;b');
  });

  test('that names a file or grows out of its own entities is none', () => {
    const file = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>';
    expect(() => keyIn('&e;', file)).toThrow(expect.objectContaining({ code: 'node-io' }));
    const grown = `<!DOCTYPE x [<!ENTITY e "${'e'.repeat(9_000)}">]>`;
    expect(() => keyIn('&e;'.repeat(20), grown)).toThrow(expect.objectContaining({ code: 'node-io' }));
  });
});

function keyIn(key: string, before = ''): string | undefined {
  const page = readPage(
    `${before}<ListBucketResult><Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00Z</LastModified>` +
      '<ETag>&quot;0&quot;</ETag><Size>0</Size></Contents></ListBucketResult>',
  );
  return page.Contents[0]?.Key;
}
