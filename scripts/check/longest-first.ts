import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What starts browsers, then what starts servers, and units at the end: no core waits for one long test. */
const ORDER = ['test/web/', 'test/e2e/', 'test/', ''];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const file = relative(this.ctx.config.root, moduleId);
      return ORDER.findIndex((folder) => file.startsWith(folder));
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
