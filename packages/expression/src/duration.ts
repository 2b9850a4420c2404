const UNIT_NS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['\u00b5s', 1e3],
  ['\u03bcs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);
const PART = /(?<whole>\d*)(?:\.(?<fraction>\d*))?(?<unit>ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;
const MAX_LENGTH = 128;
const MAX_NS = 2n ** 63n - 1n;

/** Reads a duration such as `300ms`, `1.5h`, `-1h30m` or `0` into nanoseconds; `undefined` if the text is none. */
export function durationFromText(text: string): bigint | undefined {
  if (text === '' || text.length > MAX_LENGTH) return undefined;
  const sign = text.startsWith('-') ? -1n : 1n;
  let position = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
  if (text.slice(position) === '0') return 0n;
  let total = 0n;
  if (position === text.length) return undefined;
  while (position < text.length) {
    PART.lastIndex = position;
    const part = PART.exec(text);
    const nanoseconds = part === null ? undefined : nanosecondsOf(part.groups ?? {});
    if (part === null || nanoseconds === undefined) return undefined;
    total += nanoseconds;
    position += part[0].length;
  }
  return isDuration(total) ? sign * total : undefined;
}

/** The sum of two durations in the language's own form: decimal seconds. */
export function textFromDuration(nanoseconds: bigint): string {
  const seconds = Number(nanoseconds / 1_000_000_000n) + Number(nanoseconds % 1_000_000_000n) / 1e9;
  const text = String(seconds);
  return text.includes('e') ? `${seconds.toFixed(9).replace(/0+$/, '')}s` : `${text}s`;
}

/** Whether a number of nanoseconds fits a signed 64-bit integer, about 292 years. */
export function isDuration(nanoseconds: bigint): boolean {
  return nanoseconds <= MAX_NS && nanoseconds >= -MAX_NS - 1n;
}

function nanosecondsOf(part: Readonly<Record<string, string | undefined>>): bigint | undefined {
  const whole = part['whole'] ?? '';
  const fraction = part['fraction'] ?? '';
  const unit = UNIT_NS.get(part['unit'] ?? '');
  if (unit === undefined || (whole === '' && fraction === '')) return undefined;
  // Digits beyond a nanosecond's reach would only lose precision.
  const digits = fraction.slice(0, 18);
  const rest = digits === '' ? 0 : Math.trunc(Number(digits) * (unit / 10 ** digits.length));
  return BigInt(whole === '' ? '0' : whole) * BigInt(unit) + BigInt(rest);
}
