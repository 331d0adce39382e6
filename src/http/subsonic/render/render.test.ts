import { XMLParser } from 'fast-xml-parser';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClefError } from '../../../core/index.ts';
import { failureDocument, renderDocument, successDocument } from './document.ts';
import { formatOf } from './format.ts';
import { renderXml } from './xml.ts';

const xml = (payload: Parameters<typeof renderXml>[2]) =>
  renderXml('r', 'urn:x', payload).split('\n').slice(1).join('\n');

describe('the XML form', () => {
  it('has attributes, elements, repeated elements and text', () => {
    expect(
      xml({
        status: 'ok',
        openSubsonic: true,
        absent: undefined,
        genres: { genre: [{ value: 'Rock & Roll', songCount: 2 }] },
        album: {
          id: 'al-1',
          isrc: ['a', 'b'],
          artists: [{ id: 'ar-1', name: '<x>' }],
          replayGain: {},
          empty: [],
        },
      }),
    ).toBe(
      '<r xmlns="urn:x" status="ok" openSubsonic="true"><genres><genre songCount="2">Rock &amp; Roll</genre></genres>' +
        '<album id="al-1"><isrc>a</isrc><isrc>b</isrc><artists id="ar-1" name="&lt;x&gt;"/><replayGain/></album></r>',
    );
  });

  it('has elements for the texts of artist and album information', () => {
    expect(xml({ artistInfo2: { biography: 'a & b', similarArtist: [{ id: 'ar-1', name: 'x' }] } })).toBe(
      '<r xmlns="urn:x"><artistInfo2><biography>a &amp; b</biography><similarArtist id="ar-1" name="x"/></artistInfo2></r>',
    );
  });

  it('keeps line breaks in attributes and leaves out what is no character', () => {
    expect(xml({ a: 'one\ntwo\t"three"\u0000\u{1F3B5}\uD800' })).toBe(
      '<r xmlns="urn:x" a="one&#10;two&#9;&quot;three&quot;\u{1F3B5}\uFFFD"/>',
    );
  });

  it('is read back as it was, whatever tags hold', () => {
    const parser = new XMLParser({
      ignoreAttributes: false,
      parseAttributeValue: false,
      parseTagValue: false,
      trimValues: false,
      htmlEntities: true,
    });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (text, noise) => {
        for (const value of [text, noise]) {
          const readable = value
            .toWellFormed()
            .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
          const read = parser.parse(renderXml('r', 'urn:x', { e: { a: value } })) as {
            r: { e: { '@_a': string } };
          };
          expect(read.r.e['@_a'] ?? '').toBe(readable);
        }
      }),
    );
  });
});

describe('a document', () => {
  const document = successDocument({ license: { valid: true } }, '1.2.3');

  it('is the same in every format', () => {
    expect(renderDocument(document, { kind: 'json' })).toEqual({
      contentType: 'application/json; charset=utf-8',
      body: '{"subsonic-response":{"status":"ok","version":"1.16.1","type":"clef","serverVersion":"1.2.3","openSubsonic":true,"license":{"valid":true}}}',
    });
    expect(renderDocument(document, { kind: 'jsonp', callback: 'got.it' }).body).toMatch(
      /^got\.it\(\{.*\}\);$/,
    );
    expect(renderDocument(document, { kind: 'xml' }).body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<subsonic-response xmlns="http://subsonic.org/restapi" status="ok" version="1.16.1" type="clef" serverVersion="1.2.3" openSubsonic="true"><license valid="true"/></subsonic-response>',
    );
  });

  it('of a failure has the code of its kind, and no word of a fault in Clef itself', () => {
    expect(failureDocument(new ClefError('not-found', 'nothing has this id'), '1')).toMatchObject({
      status: 'failed',
      error: { code: 70, message: 'nothing has this id' },
    });
    expect(failureDocument(new Error('/home/ann/secret'), '1')).toMatchObject({
      error: { code: 0, message: 'A fault in Clef itself.' },
    });
  });
});

describe('the format asked for', () => {
  it('is XML unless it is another that exists', () => {
    expect(formatOf({})).toEqual({ kind: 'xml' });
    expect(formatOf({ f: 'yaml' })).toEqual({ kind: 'xml' });
    expect(formatOf({ f: 'json' })).toEqual({ kind: 'json' });
    expect(formatOf({ f: 'jsonp', callback: 'jQuery1_2.cb$' })).toEqual({
      kind: 'jsonp',
      callback: 'jQuery1_2.cb$',
    });
  });

  it.each(['alert(1)//', 'a b', '', '1a', 'a..b', 'a;b', 'é', 'x'.repeat(129)])(
    'is never the program %s',
    (callback) => {
      expect(() => formatOf({ f: 'jsonp', callback })).toThrow(
        expect.objectContaining({ code: 'bad-request' }),
      );
    },
  );
});
