/**
 * Whether a server that is at one position has all up to another. Both are GTIDs (domain-server-number) with commas between
 * them, whose numbers only grow in each domain (`gtid_strict_mode`). An empty position is that of a server without a binary log.
 */
export function hasReached(applied: string, wanted: string): boolean {
  const places = new Map(parse(applied));
  const needed = parse(wanted);
  return needed.length > 0 && needed.every(([domain, number]) => (places.get(domain) ?? -1n) >= number);
}

function parse(text: string): [string, bigint][] {
  return text
    .split(',')
    .filter(Boolean)
    .map((gtid) => {
      const [domain = '', , number = ''] = gtid.trim().split('-');
      return [domain, BigInt(number)];
    });
}
