import { XMLBuilder } from 'fast-xml-parser';
import type { WireItem, WireObject, WireValue } from '../wire/index.ts';

const ATTRIBUTE = '@';
const TEXT = '#text';

const builder = new XMLBuilder({
  attributeNamePrefix: ATTRIBUTE,
  textNodeName: TEXT,
  ignoreAttributes: false,
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  // Done here, since attributes also need their line breaks kept.
  processEntities: false,
});

/** Elements whose plain properties are elements too, and not attributes: the Subsonic schema has it so. */
const WITH_ELEMENTS: ReadonlySet<string> = new Set(['artistInfo', 'artistInfo2', 'albumInfo']);

interface BuilderNode {
  [name: string]: BuilderNode | string | readonly (BuilderNode | string)[];
}

/**
 * The XML form of a wire object: plain properties are attributes, objects are elements, lists are repeated
 * elements, and a property called `value` is the text of its element.
 */
export function renderXml(rootName: string, namespace: string, root: WireObject): string {
  const node = elementOf(rootName, { xmlns: namespace, ...root });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [rootName]: node })}`;
}

function elementOf(name: string, object: WireObject): BuilderNode {
  const node: BuilderNode = {};
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    if (isList(value)) node[key] = value.map((item) => contentOf(key, item));
    else if (typeof value === 'object') node[key] = elementOf(key, value);
    else if (key === 'value') node[TEXT] = escapeText(String(value));
    else if (WITH_ELEMENTS.has(name)) node[key] = escapeText(String(value));
    else node[ATTRIBUTE + key] = escapeAttribute(String(value));
  }
  return node;
}

function contentOf(name: string, item: WireItem): BuilderNode | string {
  return typeof item === 'object' ? elementOf(name, item) : escapeText(String(item));
}

function isList(value: WireValue): value is readonly WireItem[] {
  return Array.isArray(value);
}

/** What is no character in XML 1.0 section 2.2 cannot be written, not even as a reference. */
const UNWRITABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const TEXT_SPECIAL = /[&<>\r]/g;
/** White space in an attribute would be read as spaces, XML 1.0 section 3.3.3. */
const ATTRIBUTE_SPECIAL = /[&<>"\t\n\r]/g;

function escapeText(text: string): string {
  return text.toWellFormed().replace(UNWRITABLE, '').replace(TEXT_SPECIAL, reference);
}

function escapeAttribute(text: string): string {
  return text.toWellFormed().replace(UNWRITABLE, '').replace(ATTRIBUTE_SPECIAL, reference);
}

function reference(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    default:
      return `&#${character.charCodeAt(0)};`;
  }
}
