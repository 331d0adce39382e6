import { XMLParser } from 'fast-xml-parser';

/** What an XML and a JSON answer have in common: names, order of repetitions, and texts. */
export interface WireForm {
  readonly scalars: Readonly<Record<string, string>>;
  readonly children: Readonly<Record<string, readonly (WireForm | string)[]>>;
}

/** Their plain properties are elements in Subsonic's XML. */
const WITH_ELEMENTS = new Set(['artistInfo', 'artistInfo2', 'albumInfo']);

/** The JSON answer by the rule that the XML follows. */
export function formOfJson(name: string, value: Readonly<Record<string, unknown>>): WireForm {
  const scalars: Record<string, string> = {};
  const children: Record<string, (WireForm | string)[]> = {};
  for (const [key, part] of Object.entries(value)) {
    if (Array.isArray(part)) {
      if (part.length > 0) children[key] = part.map((item: unknown) => itemForm(key, item));
    } else if (typeof part === 'object' && part !== null) children[key] = [itemForm(key, part)];
    else if (WITH_ELEMENTS.has(name)) children[key] = [String(part)];
    else scalars[key] = String(part);
  }
  return { scalars, children };
}

function itemForm(key: string, item: unknown): WireForm | string {
  return typeof item === 'object' && item !== null
    ? formOfJson(key, item as Record<string, unknown>)
    : String(item);
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  ignoreDeclaration: true,
});

type ParsedNode = { readonly ':@'?: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>;

/** The root of an XML answer, without its namespace. */
export function formOfXml(xml: string): { readonly name: string; readonly form: WireForm } {
  const roots = (parser.parse(xml) as ParsedNode[]).filter((node) => !('#text' in node));
  const [root] = roots;
  if (!root || roots.length !== 1) throw new Error('one root element expected');
  const name = nameOf(root);
  const form = elementForm(root, name);
  if (typeof form === 'string') throw new Error('the root has text alone');
  const { xmlns: _, ...scalars } = form.scalars;
  return { name, form: { ...form, scalars } };
}

/** Texts of elements that can have no attributes. */
const TEXT_ELEMENTS = new Set([
  'versions',
  'isrc',
  'roles',
  'releaseTypes',
  'folder',
  'biography',
  'notes',
  'musicBrainzId',
]);

function elementForm(node: ParsedNode, name: string): WireForm | string {
  const content = node[name] as ParsedNode[];
  const text = content.map((part) => ('#text' in part ? String(part['#text']) : '')).join('');
  if (TEXT_ELEMENTS.has(name)) return text;
  const scalars: Record<string, string> = { ...node[':@'] };
  const children: Record<string, (WireForm | string)[]> = {};
  for (const child of content) {
    if ('#text' in child) continue;
    const childName = nameOf(child);
    (children[childName] ??= []).push(elementForm(child, childName));
  }
  if (text !== '' || VALUE_ELEMENTS.has(name)) scalars['value'] = text;
  return { scalars, children };
}

/** Elements whose text is the property `value`. */
const VALUE_ELEMENTS = new Set(['line', 'lyrics', 'genre']);

function nameOf(node: ParsedNode): string {
  const name = Object.keys(node).find((key) => key !== ':@');
  if (name === undefined) throw new Error('an element has a name');
  return name;
}
