import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

/** The part of an OpenAPI document that says what an endpoint answers with. */
interface OpenApiDocument {
  readonly paths: Readonly<Record<string, PathItem | undefined>>;
}
interface PathItem {
  readonly get?: Operation;
  readonly post?: Operation;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, unknown> } | undefined>>;
}

const DOCUMENT = 'openapi';

/** Holds answers against OpenSubsonic's own description of them. */
export class OpenApi {
  readonly #document: OpenApiDocument;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(path: string) {
    const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
    this.#document = document as OpenApiDocument;
    this.#ajv.addSchema(document as object, DOCUMENT);
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
    const item = this.#document.paths[`/rest/${endpoint}`];
    const method = item?.get ? 'get' : 'post';
    if (!item?.[method]?.responses['200']?.content?.['application/json']) {
      throw new Error(`OpenSubsonic does not describe ${endpoint}`);
    }
    const pointer = `/paths/~1rest~1${endpoint}/${method}/responses/200/content/application~1json/schema`;
    const validate = this.#ajv.compile({ $ref: `${DOCUMENT}#${pointer}` });
    this.#validators.set(endpoint, validate);
    return validate;
  }
}
