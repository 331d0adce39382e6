import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

type JsonObject = Readonly<Record<string, unknown>>;

const DOCUMENT = 'openapi';

/** Holds answers against OpenSubsonic's own description of them. */
export class OpenApi {
  readonly #document: JsonObject;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(path: string) {
    this.#document = JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
    this.#ajv.addSchema(this.#document, DOCUMENT);
  }

  /** What is wrong with a JSON answer of status 200, in words; empty where nothing is. */
  faults(endpoint: string, answer: unknown): readonly string[] {
    const validate = this.#validator(endpoint);
    if (validate(answer)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  #validator(endpoint: string): ValidateFunction {
    const known = this.#validators.get(endpoint);
    if (known) return known;
    const path = `/paths/~1rest~1${endpoint}/get/responses/200`;
    const reference = this.#at(path)?.['$ref'];
    const response = typeof reference === 'string' ? reference.slice(1) : path;
    const schema = `${response}/content/application~1json/schema`;
    if (!this.#at(schema)) throw new Error(`OpenSubsonic does not describe ${endpoint}`);
    const validate = this.#ajv.compile({ $ref: `${DOCUMENT}#${schema}` });
    this.#validators.set(endpoint, validate);
    return validate;
  }

  /** RFC 6901. */
  #at(pointer: string): JsonObject | undefined {
    let value: unknown = this.#document;
    for (const part of pointer.split('/').slice(1)) {
      value = (value as JsonObject | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    return value as JsonObject | undefined;
  }
}
