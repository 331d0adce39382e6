/** Vite builds the file as a script of its own, and the import is its address. */
declare module '*?worker&url' {
  const url: string;
  export default url;
}
