import { AbstractTokenizer, EndOfStreamError, type IFileInfo, type IReadChunkOptions } from 'strtok3';
import type { ByteReader } from './byte-reader.ts';

/** No tag, picture or table of a track is larger; a file that says so is broken or hostile. */
const LARGEST_TOKEN_BYTES = 64 * 1024 * 1024;

/** What the metadata library reads from: random access to a file that another process holds open. */
export class ReaderTokenizer extends AbstractTokenizer {
  readonly fileInfo: IFileInfo;
  readonly #reader: ByteReader;

  constructor(reader: ByteReader, mimeType: string) {
    super({ maxBufferSize: LARGEST_TOKEN_BYTES });
    this.#reader = reader;
    this.fileInfo = { size: reader.lengthBytes, mimeType };
  }

  async #fill(target: Uint8Array, options: IReadChunkOptions | undefined): Promise<[number, number]> {
    const { position, length, mayBeLess } = this.normalizeOptions(target, options);
    const bytes = await this.#reader.read(position, length);
    if (bytes.length < length && !mayBeLess) throw new EndOfStreamError();
    target.set(bytes);
    return [position, bytes.length];
  }

  async readBuffer(target: Uint8Array, options?: IReadChunkOptions): Promise<number> {
    const [position, length] = await this.#fill(target, options);
    this.position = position + length;
    return length;
  }

  async peekBuffer(target: Uint8Array, options?: IReadChunkOptions): Promise<number> {
    const [, length] = await this.#fill(target, options);
    return length;
  }

  supportsRandomAccess(): boolean {
    return true;
  }

  setPosition(position: number): void {
    this.position = position;
  }
}
