/**
 * Takes the pictures of every page (test/web/pictures) again, or those whose names begin with the argument, and keeps
 * those that are not as they were. Look at every one that changed before you commit it.
 */
import { inProof } from '../test/support/debian.ts';
import { retakePictures } from '../test/support/pictures/index.ts';

const [beginning = ''] = process.argv.slice(2);
await retakePictures(inProof, beginning, console.log);
