/**
 * Finds members that a JSON text gives twice.
 *
 * @param source - text that is known to be JSON.
 * @returns their paths, as `spec.size` or `spec.ports[0].name`.
 */
export function findDuplicateKeys(source: string): readonly string[] {
  const duplicates: string[] = [];
  const frames: Frame[] = [];
  for (const [token] of source.matchAll(TOKEN)) step(token, frames, duplicates);
  return duplicates;
}

interface Frame {
  readonly keys: Set<string> | undefined;
  readonly path: string;
  /** The member or item that comes next. */
  key: string;
  index: number;
  isKeyNext: boolean;
}

// Strings, punctuation and everything between, in that order; the text is valid, so nothing else is needed.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

function step(token: string, frames: Frame[], duplicates: string[]): void {
  const frame = frames.at(-1);
  switch (token) {
    case '{':
    case '[':
      frames.push({
        keys: token === '{' ? new Set() : undefined,
        path: placeOf(frame),
        key: '',
        index: 0,
        isKeyNext: token === '{',
      });
      return;
    case '}':
    case ']':
      frames.pop();
      return;
    case ',':
      if (!frame) return;
      frame.index += 1;
      frame.isKeyNext = frame.keys !== undefined;
      return;
    case ':':
      return;
    default:
      if (frame?.keys && frame.isKeyNext) takeKey(JSON.parse(token) as string, frame, duplicates);
  }
}

function takeKey(key: string, frame: Frame, duplicates: string[]): void {
  frame.key = key;
  frame.isKeyNext = false;
  if (frame.keys?.has(key)) duplicates.push(placeOf(frame));
  frame.keys?.add(key);
}

function placeOf(frame: Frame | undefined): string {
  if (!frame) return '';
  if (!frame.keys) return `${frame.path}[${frame.index}]`;
  return frame.path === '' ? frame.key : `${frame.path}.${frame.key}`;
}
