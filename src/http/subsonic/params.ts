import { ClefError, parseWireId, type WireIdKinds, type WireKind } from '../../core/index.ts';

/** Query and form together, decoded; a repeated parameter is a list. */
export type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

const MAX_TEXT_CHARACTERS = 4096;
const MAX_REPETITIONS = 20_000;

/** The first where there are several. */
export function textParam(params: Params, name: string): string | undefined {
  const value = params[name];
  const text = typeof value === 'object' ? value[0] : value;
  if (text !== undefined && text.length > MAX_TEXT_CHARACTERS) {
    throw new ClefError('bad-request', `${name} has more than ${MAX_TEXT_CHARACTERS} characters`);
  }
  return text;
}

export function requiredText(params: Params, name: string): string {
  const text = textParam(params, name);
  if (text === undefined) throw missing(name);
  return text;
}

/** Every value of a repeated parameter, in order. */
export function textParams(params: Params, name: string): readonly string[] {
  const value = params[name];
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  if (value.length > MAX_REPETITIONS) {
    throw new ClefError('bad-request', `${name} is repeated more than ${MAX_REPETITIONS} times`);
  }
  return value;
}

export interface IntegerBounds {
  readonly min: number;
  readonly max: number;
  /** What is more than `max` counts as `max`; without, it is refused. */
  readonly clamp?: boolean;
}

const INTEGER = /^-?\d{1,16}$/;

/** An empty parameter counts as absent: players send some. */
export function integerParam(params: Params, name: string, bounds: IntegerBounds): number | undefined {
  const text = textParam(params, name);
  return text === undefined || text === '' ? undefined : parseInteger(text, name, bounds);
}

export function integerParams(params: Params, name: string, bounds: IntegerBounds): readonly number[] {
  return textParams(params, name).map((text) => parseInteger(text, name, bounds));
}

export function requiredInteger(params: Params, name: string, bounds: IntegerBounds): number {
  const value = integerParam(params, name, bounds);
  if (value === undefined) throw missing(name);
  return value;
}

function parseInteger(text: string, name: string, { min, max, clamp = false }: IntegerBounds): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (value > max && clamp) return max;
  if (!(value >= min && value <= max)) {
    throw new ClefError('bad-request', `${name} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

const DECIMAL = /^\d{1,6}(\.\d{1,16})?$/;

/** What lies outside of the bounds counts as the nearest that does not. */
export function numberParam(
  params: Params,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = textParam(params, name);
  if (text === undefined || text === '') return undefined;
  if (!DECIMAL.test(text)) throw new ClefError('bad-request', `${name} must be a number`);
  return Math.max(min, Math.min(Number(text), max));
}

export function booleanParam(params: Params, name: string): boolean | undefined {
  const text = textParam(params, name);
  switch (text?.toLowerCase()) {
    case undefined:
    case '':
      return undefined;
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      throw new ClefError('bad-request', `${name} must be true or false`);
  }
}

export type AnyId = NonNullable<ReturnType<typeof parseWireId>>;

/** A well-formed id of another kind names nothing here, so that it is `not-found` and not a malformed request. */
export function idParam<Kind extends WireKind>(params: Params, name: string, kind: Kind): WireIdKinds[Kind] {
  return parseId(requiredText(params, name), kind);
}

export function idParams<Kind extends WireKind>(
  params: Params,
  name: string,
  kind: Kind,
): readonly WireIdKinds[Kind][] {
  return textParams(params, name).map((text) => parseId(text, kind));
}

export function parseId<Kind extends WireKind>(text: string, kind: Kind): WireIdKinds[Kind] {
  const parsed = parseWireId(text);
  if (parsed?.kind !== kind) throw nothingHasId();
  return parsed.id as WireIdKinds[Kind];
}

export function anyIdParam(params: Params, name: string): AnyId {
  return parseAnyId(requiredText(params, name));
}

export function parseAnyId(text: string): AnyId {
  const parsed = parseWireId(text);
  if (!parsed) throw nothingHasId();
  return parsed;
}

export function nothingHasId(): ClefError {
  return new ClefError('not-found', 'nothing has this id');
}

export function missing(name: string): ClefError {
  return new ClefError('missing-parameter', `the parameter ${name} is missing`);
}
