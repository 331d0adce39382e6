export { piecesUntilAborted, untilAborted } from '../abort.ts';
