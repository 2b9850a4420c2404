/** What other languages call it, without case and underscores. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    upper: ['upcase', 'uppercase', 'toupper', 'touppercase', 'ucase'],
    lower: ['downcase', 'lowercase', 'tolower', 'tolowercase', 'lcase'],
    trim: ['strip', 'trimspace', 'chomp'],
    reverse: ['reversed'],
    length: ['len', 'strlen', 'count'],
    size: ['keys'],
    first: ['head'],
    last: ['tail'],
    avg: ['average', 'mean'],
    sum: ['total', 'add'],
    join: ['concat', 'implode'],
    split: ['explode'],
    contains: ['includes', 'has', 'in'],
    hasprefix: ['startswith', 'beginswith'],
    hassuffix: ['endswith'],
    index: ['indexof', 'find', 'position'],
    replace: ['replaceall', 'gsub', 'sub'],
    substr: ['substring', 'slice', 'mid'],
    b64encode: ['base64', 'btoa', 'base64encode', 'encodebase64'],
    b64decode: ['atob', 'base64decode', 'decodebase64'],
    string: ['str', 'tostring', 'text'],
    int: ['parseint', 'toint', 'integer', 'number', 'tonumber', 'parsefloat'],
    tojson: ['stringify', 'jsonstringify', 'json', 'jsonencode'],
    fromjson: ['parse', 'parsejson', 'jsonparse', 'jsondecode'],
    ceil: ['ceiling'],
    trunc: ['truncate', 'fix'],
    log: ['ln'],
    now: ['time', 'timestamp', 'date', 'unixtime'],
    rfc3339: ['formattime', 'formatdate', 'iso8601', 'toisostring'],
    rand: ['random'],
    randint: ['randominteger', 'randomint'],
    true: ['yes', 'on'],
    false: ['no', 'off'],
    null: ['nil', 'none', 'undefined'],
  }).flatMap(([name, others]) => others.map((other) => [other, name] as const)),
);

const MAX_LENGTH = 32;

/**
 * The known name that was probably meant, whatever the case: what other languages call it, or one with up to a third of
 * it mistyped.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase().replaceAll('_', '');
  if (wanted.length > MAX_LENGTH) return undefined;
  const alias = ALIASES.get(wanted);
  if (alias !== undefined && known.includes(alias)) return alias;
  let nearest: string | undefined;
  let distance = Math.min(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const next = editDistance(wanted, candidate.toLowerCase().replaceAll('_', ''));
    if (next < distance) [nearest, distance] = [candidate, next];
  }
  return nearest;
}

/** Characters added, removed, replaced, or swapped with their neighbour. */
function editDistance(left: string, right: string): number {
  const rows = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1)
      current.push(cheapest(rows, current, { left, right }));
    rows.push(current);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

function cheapest(
  rows: ReadonlyArray<readonly number[]>,
  current: readonly number[],
  { left, right }: { readonly left: string; readonly right: string },
): number {
  const [row, column] = [rows.length, current.length];
  const isSame = left[row - 1] === right[column - 1];
  const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
  const at = (up: number, back: number): number =>
    rows[row - up]?.[column - back] ?? Number.POSITIVE_INFINITY;
  return Math.min(
    at(1, 1) + (isSame ? 0 : 1),
    at(1, 0) + 1,
    (current[column - 1] ?? 0) + 1,
    isSwapped && row > 1 && column > 1 ? at(2, 2) + 1 : Number.POSITIVE_INFINITY,
  );
}
