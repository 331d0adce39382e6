import { workerData } from 'node:worker_threads';
import { writeDemoAlbum } from './album.ts';

await writeDemoAlbum(String(workerData));
