import { mkdir, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ClefError } from '../../core/index.ts';
import type { EdgeFiles } from '../watch.ts';

/** Where the configuration in use is found: `current` of a folder, a link to one of its versions. */
export class Versions {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** What NGINX is given as its prefix, so that a configuration names files beside it by their names alone. */
  get current(): string {
    return join(this.folder, 'current/');
  }

  placeOf(version: string): string {
    return join(this.folder, version, '/');
  }

  /** The version in use; undefined before the first. */
  async inUse(): Promise<string | undefined> {
    try {
      return await readlink(join(this.folder, 'current'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A new version beside the one in use, whole and on the disk. */
  async write(files: EdgeFiles): Promise<string> {
    const numbers = (await this.#all()).map((name) => Number(name.slice(VERSION.length)));
    const version = `${VERSION}${Math.max(0, ...numbers) + 1}`;
    await mkdir(this.placeOf(version), { recursive: true, mode: 0o755 });
    for (const [name, text] of Object.entries(files)) {
      if (!/^[\w.-]+$/.test(name)) throw new ClefError('internal', 'a file of an edge is named otherwise');
      await using file = await open(join(this.placeOf(version), name), 'wx', 0o644);
      await file.writeFile(text);
      await file.sync();
    }
    return version;
  }

  /** In one step: whoever looks, or starts after a fall, finds one version or the other. */
  async use(version: string): Promise<void> {
    const link = join(this.folder, 'next');
    await rm(link, { force: true });
    await symlink(version, link);
    await rename(link, join(this.folder, 'current'));
  }

  async stopUsing(): Promise<void> {
    await rm(join(this.folder, 'current'), { force: true });
  }

  /** Removes all but these. */
  async keepOnly(versions: readonly (string | undefined)[]): Promise<void> {
    for (const name of await this.#all())
      if (!versions.includes(name)) await rm(this.placeOf(name), { recursive: true });
  }

  async #all(): Promise<readonly string[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o755 });
    return (await readdir(this.folder)).filter((name) => name.startsWith(VERSION));
  }
}

const VERSION = 'version-';
