export { makeDemoAlbum } from './make-demo-album.ts';
