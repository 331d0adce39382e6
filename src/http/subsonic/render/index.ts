export { type RenderedDocument, failureDocument, renderDocument, successDocument } from './document.ts';
export { type Format, formatForFailure, formatOf } from './format.ts';
