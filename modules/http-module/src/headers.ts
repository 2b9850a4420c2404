import { z } from '@tinysystems/sdk';

/** One header line; a repeated header has one entry for each value. */
export interface Header {
  readonly key: string;
  readonly value: string;
}

/** A list of header lines, as messages carry it. */
export const headerList = z
  .array(
    z.object({
      key: z.string().min(1).meta({ title: 'Name' }),
      value: z.string().meta({ title: 'Value' }),
    }),
  )
  .meta({ title: 'Headers' });

/** Node's and undici's flat list of names and values as sorted entries, names written `Content-Type`. */
export function headersFromRaw(raw: readonly string[]): readonly Header[] {
  const headers: Header[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    headers.push({ key: canonicalName(raw[index] ?? ''), value: raw[index + 1] ?? '' });
  }
  return headers.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
}

function canonicalName(name: string): string {
  if (isCanonical(name)) return name;
  let canonical = '';
  let isStart = true;
  for (const character of name) {
    canonical += isStart ? character.toUpperCase() : character.toLowerCase();
    isStart = character === '-';
  }
  return canonical;
}

/** Most clients write names so already. */
function isCanonical(name: string): boolean {
  let isStart = true;
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    const isLower = code >= 0x61 && code <= 0x7a;
    const isUpper = code >= 0x41 && code <= 0x5a;
    if (code >= 0x80 || (isStart ? isLower : isUpper)) return false;
    isStart = code === 0x2d;
  }
  return true;
}
