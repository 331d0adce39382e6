import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

/** A pointer of a declaration that F5's schema knows of, and the class that it wants there. */
export interface SchemaPointer {
  /** From the declaration's beginning, RFC 6901. */
  readonly at: string;
  readonly className: string;
}

interface PostProcess {
  readonly tag: string;
  readonly data?: { readonly properties?: { readonly class?: { const?: string; enum?: readonly string[] } } };
}

/** F5's own formats, as its pages describe them; Ajv has no others by itself. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  f5ip: (text) => {
    const {
      address = '',
      domain = '0',
      bits,
    } = /^(?<address>[^%/]+)(?:%(?<domain>\d+))?(?:\/(?<bits>\d+))?$/.exec(text)?.groups ?? {};
    const widest = { 4: 32, 6: 128 }[isIP(address)];
    return widest !== undefined && Number(bits ?? 0) <= widest && Number(domain) <= 65_534;
  },
  f5bigip: (text) => /^\/[^\s"'\\<>]+(?:\/[^\s"'\\<>]+)*$/.test(text),
  f5pointer: (text) => /^[@\w/][@\w./-]*$/.test(text),
  hostname: (text) =>
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text),
  uri: (text) => URL.canParse(text),
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  'date-time': (text) => !Number.isNaN(Date.parse(text)),
};

/** F5's schema of what is posted to AS3. Compiling it takes more than a second. */
export class As3Schema {
  readonly #validate: ValidateFunction;
  #pointers: SchemaPointer[] = [];

  constructor(path: string) {
    const ajv = new Ajv({ strict: false, allErrors: false, formats: FORMATS });
    // What AS3 does once a declaration fits; of it, only where pointers are.
    ajv.addKeyword({
      keyword: 'f5PostProcess',
      validate: (post: PostProcess, value: unknown, _schema: unknown, context?: { instancePath: string }) => {
        const { const: one, enum: several = one === undefined ? [] : [one] } =
          post.data?.properties?.class ?? {};
        if (post.tag === 'pointer' && typeof value === 'string')
          for (const className of several)
            this.#pointers.push({ at: context?.instancePath ?? '', className });
        return true;
      },
    });
    const schema = JSON.parse(readFileSync(path, 'utf8')) as { readonly $id: string };
    // Besides declarations it describes patches and lists of them, which take a third of the time.
    this.#validate = ajv.addSchema(schema).compile({ $ref: `${schema.$id}#/definitions/AS3` });
  }

  /** What is wrong with it; empty where nothing is. */
  faults(declaration: unknown): readonly ErrorObject[] {
    this.#pointers = [];
    return this.#validate(declaration) ? [] : (this.#validate.errors ?? []);
  }

  /** Each once; the schema's alternatives ask more than once. */
  pointers(declaration: unknown): readonly SchemaPointer[] {
    this.faults(declaration);
    return [...new Map(this.#pointers.map((one) => [`${one.at} ${one.className}`, one])).values()];
  }
}
