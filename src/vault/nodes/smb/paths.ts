import { isNameSegment } from '../names.ts';

/**
 * Where an object lies on a share. Servers refuse or rename what Windows cannot have: names that end with a dot, and those of
 * its devices (MS-FSCC 2.1.5). Between tildes, which no object name has, they are ordinary.
 */
export function pathOf(name: string): string {
  return name.split('/').map(fileNameOf).join('/');
}

/** The segment of an object name that a file or folder stands for; undefined where it is not Clef's. */
export function segmentOf(fileName: string): string | undefined {
  const segment = fileName.startsWith('~') && fileName.endsWith('~') ? fileName.slice(1, -1) : fileName;
  return isNameSegment(segment) && fileNameOf(segment) === fileName ? segment : undefined;
}

const DEVICE = /^(?:aux|con|nul|prn|com\d|lpt\d)(?:\.|$)/;

function fileNameOf(segment: string): string {
  return segment.endsWith('.') || DEVICE.test(segment) ? `~${segment}~` : segment;
}

/** '' for what lies at the top. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}
