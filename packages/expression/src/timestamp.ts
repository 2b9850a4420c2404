/** An instant with the zone it was written in. */
export interface Timestamp {
  /** Nanoseconds since the Unix epoch. */
  readonly nanoseconds: bigint;
  readonly offsetMinutes: number;
}

const RFC3339 =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})T(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,64}))?(?:Z|(?<sign>[+-])(?<zoneHour>\d{2}):(?<zoneMinute>\d{2}))$/;

/** Reads an RFC 3339 time; `undefined` if the text is none or no such day exists. */
export function timestampFromText(text: string): Timestamp | undefined {
  if (text.length < 20 || text.length > 100) return undefined;
  const groups = RFC3339.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const field = (name: string): number => Number(groups[name] ?? 0);
  const [hour, minute, second] = [field('hour'), field('minute'), field('second')];
  const [zoneHour, zoneMinute] = [field('zoneHour'), field('zoneMinute')];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const days = dayNumber(field('year'), field('month'), field('day'));
  if (days === undefined) return undefined;
  const offsetMinutes = (zoneHour * 60 + zoneMinute) * (groups['sign'] === '-' ? -1 : 1);
  const seconds = days * 86_400 + hour * 3600 + (minute - offsetMinutes) * 60 + second;
  const fraction = (groups['fraction'] ?? '').slice(0, 9).padEnd(9, '0');
  return { nanoseconds: BigInt(seconds) * 1_000_000_000n + BigInt(fraction), offsetMinutes };
}

/** Writes a time in its own zone to the second; `undefined` outside the years 0 to 9999. */
export function textFromTimestamp({ nanoseconds, offsetMinutes }: Timestamp): string | undefined {
  const seconds =
    Number((nanoseconds - modulo(nanoseconds, 1_000_000_000n)) / 1_000_000_000n) + offsetMinutes * 60;
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return undefined;
  return date.toISOString().slice(0, 19) + zoneText(offsetMinutes);
}

/** Days since the epoch; a day the month does not have is `undefined`. */
function dayNumber(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / 86_400_000 : undefined;
}

function zoneText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function modulo(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}
