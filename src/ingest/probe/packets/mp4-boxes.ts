import type { ByteReader } from '../byte-reader.ts';

// ISO/IEC 14496-12 section 4.2.

export interface Box {
  readonly type: string;
  /** After the header. */
  readonly body: DataView;
}

/** Where a part of the file's top level lies. */
export interface FileBox {
  readonly type: string;
  readonly startBytes: number;
  readonly bodyBytes: number;
  readonly endBytes: number;
}

const MOST_BOXES = 200_000;

function typeAt(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}

export function subView(view: DataView, offset: number, lengthBytes = view.byteLength - offset): DataView {
  return new DataView(view.buffer, view.byteOffset + offset, lengthBytes);
}

/** The boxes in a part of one; a box that goes beyond it ends them. */
export function* boxesIn(view: DataView, from = 0): Generator<Box> {
  for (let offset = from; offset + 8 <= view.byteLength; ) {
    let headerBytes = 8;
    let lengthBytes = view.getUint32(offset);
    if (lengthBytes === 0) lengthBytes = view.byteLength - offset;
    if (lengthBytes === 1) {
      if (offset + 16 > view.byteLength) return;
      headerBytes = 16;
      lengthBytes = Number(view.getBigUint64(offset + 8));
    }
    if (lengthBytes < headerBytes || offset + lengthBytes > view.byteLength) return;
    yield {
      type: typeAt(view, offset + 4),
      body: subView(view, offset + headerBytes, lengthBytes - headerBytes),
    };
    offset += lengthBytes;
  }
}

export function childOf(view: DataView, type: string, from = 0): DataView | undefined {
  for (const box of boxesIn(view, from)) if (box.type === type) return box.body;
  return undefined;
}

/** By the names of boxes in one another. */
export function descend(view: DataView, ...path: readonly string[]): DataView | undefined {
  return path.reduce<DataView | undefined>((at, type) => at && childOf(at, type), view);
}

/** The top level of a file, without what it holds. */
export async function* fileBoxes(reader: ByteReader, startBytes: number): AsyncGenerator<FileBox> {
  let offset = startBytes;
  for (let i = 0; i < MOST_BOXES && offset + 8 <= reader.lengthBytes; i++) {
    const header = await reader.read(offset, 16);
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    let headerBytes = 8;
    let lengthBytes = view.getUint32(0);
    if (lengthBytes === 0) lengthBytes = reader.lengthBytes - offset;
    if (lengthBytes === 1) {
      if (header.length < 16) return;
      headerBytes = 16;
      lengthBytes = Number(view.getBigUint64(8));
    }
    if (lengthBytes < headerBytes) return;
    const endBytes = offset + lengthBytes;
    yield { type: typeAt(view, 4), startBytes: offset, bodyBytes: offset + headerBytes, endBytes };
    offset = endBytes;
  }
}
