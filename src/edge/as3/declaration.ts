/** What JSON can hold. */
export type Value = string | number | boolean | null | readonly Value[] | Properties;

export interface Properties {
  readonly [property: string]: Value;
}

/** A thing of AS3's, known by its class. */
export interface As3Object extends Properties {
  readonly class: string;
}

/** The body of a `POST` to `/mgmt/shared/appsvcs/declare`. */
export interface As3Declaration extends As3Object {
  readonly class: 'AS3';
  readonly declaration: As3Object;
}

/** An object of an application, and where it is. */
export interface Placed {
  readonly tenant: string;
  readonly application: string;
  readonly name: string;
  readonly object: As3Object;
}

/** All that tenants' applications declare, in the order of the declaration. */
export function objectsOf({ declaration }: As3Declaration): readonly Placed[] {
  return membersOf(declaration, 'Tenant').flatMap(([tenant, inTenant]) =>
    membersOf(inTenant, 'Application').flatMap(([application, inApplication]) =>
      membersOf(inApplication).map(([name, object]) => ({ tenant, application, name, object })),
    ),
  );
}

export function pathOf({ tenant, application, name }: Omit<Placed, 'object'>): string {
  return `/${tenant}/${application}/${name}`;
}

export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The items of a list, and none of anything else. */
export function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** As it would be read: a number or a name by itself, and all else as JSON. */
export function shown(value: Value | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

/** Every text in it, and where, as a JSON pointer (RFC 6901). */
export function textsOf(value: Value, at = ''): readonly (readonly [at: string, text: string])[] {
  if (typeof value === 'string') return [[at, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${at}/${key}`));
}

function membersOf(holder: Properties, className?: string): [string, As3Object][] {
  return Object.entries(holder).filter(
    (entry): entry is [string, As3Object] =>
      isProperties(entry[1]) &&
      typeof entry[1]['class'] === 'string' &&
      (className === undefined || entry[1]['class'] === className),
  );
}
