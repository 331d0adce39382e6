import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachment, safeFileName } from './content-disposition.ts';

describe('a download name', () => {
  it('is offered in its own script, with a fallback for old clients', () => {
    expect(attachment('Sigur Rós - Ára bátur.flac')).toBe(
      `attachment; filename="Sigur Ros - Ara batur.flac"; filename*=UTF-8''Sigur%20R%C3%B3s%20-%20%C3%81ra%20b%C3%A1tur.flac`,
    );
    expect(attachment('約束 (Live).ogg')).toBe(
      `attachment; filename="__ (Live).ogg"; filename*=UTF-8''%E7%B4%84%E6%9D%9F%20%28Live%29.ogg`,
    );
  });

  it('holds nothing that a file system refuses', () => {
    expect(safeFileName('AC/DC - T:N*T?', 'mp3')).toBe('AC_DC - T_N_T_.mp3');
    expect(safeFileName('..\u0000\n', 'mp3')).toBe('untitled.mp3');
    expect(safeFileName('  a\tb  ', '')).toBe('ab');
  });

  it('is cut between characters where it is too long', () => {
    const name = safeFileName('🎵'.repeat(100), 'flac');
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(name).toMatch(/^(?:🎵)+\.flac$/u);
  });

  it('makes a header that is one line of ASCII, whatever the tags say', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const header = attachment(safeFileName(text, 'mp3'));
        expect(header).toMatch(
          /^attachment; filename="[ !#-[\]-~]*"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/,
        );
      }),
    );
  });
});
