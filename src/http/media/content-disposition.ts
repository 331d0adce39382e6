const MAX_NAME_BYTES = 200;

/** An attachment under a name in any script, RFC 6266 section 4.1 with an ASCII fallback for old clients. */
export function attachment(fileName: string): string {
  const ascii = fileName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/g, '_')
    .replace(/["\\%]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extendedValue(fileName)}`;
}

/** RFC 8187 section 3.2.1: what encodeURIComponent leaves beyond attr-char is written out too. */
function extendedValue(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `stem.suffix` without what any file system refuses, at most 200 bytes of UTF-8. */
export function safeFileName(stem: string, suffix: string): string {
  const cleaned = stem
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  const ending = suffix === '' ? '' : `.${suffix}`;
  return clip(cleaned === '' ? 'untitled' : cleaned, MAX_NAME_BYTES - Buffer.byteLength(ending)) + ending;
}

/** Cuts between code points. */
function clip(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let clipped = '';
  let usedBytes = 0;
  for (const character of text) {
    usedBytes += Buffer.byteLength(character);
    if (usedBytes > maxBytes) break;
    clipped += character;
  }
  return clipped.trimEnd();
}
