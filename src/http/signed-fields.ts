import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { type Bytes, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../core/index.ts';
import { bytesAsText } from './media/index.ts';

/** A few fields as text that anybody can read, and only a server of this library could write. */
export interface SignedFields<Fields> {
  /** Bytes in them become base64url, which the schema reads. */
  sign(fields: Fields): Promise<string>;
  /** Undefined for all that `sign` did not write. */
  read(text: string): Promise<Fields | undefined>;
}

export interface SignedFieldsOptions<Fields> {
  /** Asked at each use, and may have to wait for the server's keys after a start. */
  readonly key: () => Promise<Bytes>;
  /** What is signed for one purpose is nothing for another. */
  readonly purpose: string;
  readonly schema: v.GenericSchema<unknown, Fields>;
  /** Far over what is signed; default 1,024. */
  readonly maxCharacters?: number;
}

const MAX_CHARACTERS = 1_024;
const TEXT = /^([\w-]+)\.([\w-]{43})$/;

export function createSignedFields<Fields>({
  key,
  purpose,
  schema,
  maxCharacters = MAX_CHARACTERS,
}: SignedFieldsOptions<Fields>): SignedFields<Fields> {
  /** The purpose ends in a byte that no payload has. */
  async function mac(payload: string): Promise<string> {
    const digest = createHmac('sha256', await key())
      .update(`${purpose}\0`)
      .update(payload)
      .digest();
    return toBase64Url(digest);
  }

  return {
    async sign(fields) {
      const payload = toBase64Url(utf8(JSON.stringify(fields, bytesAsText)));
      return `${payload}.${await mac(payload)}`;
    },
    async read(text) {
      const match = text.length <= maxCharacters ? TEXT.exec(text) : null;
      if (!match) return undefined;
      const [, payload = '', shown = ''] = match;
      // As text of one length: decoding would let the last digit be written in four ways.
      if (!timingSafeEqual(Buffer.from(shown), Buffer.from(await mac(payload)))) return undefined;
      const fields = v.safeParse(schema, parsed(payload));
      return fields.success ? fields.output : undefined;
    },
  };
}

/** Undefined for what is not JSON; only this program writes what passed the comparison before. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(fromUtf8(fromBase64Url(payload)));
  } catch {
    return undefined;
  }
}
