/** Where an edge asks for pieces. */
export const PIECE_PATH = '/p/v1';

/** Of a route as it is logged. One stream takes dozens of them. */
export function isPieceRoute(route: string): boolean {
  return route.endsWith(PIECE_PATH);
}
