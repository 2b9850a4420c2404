import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HttpFailure } from './failure.ts';

/**
 * Reads the body as text.
 *
 * @throws HttpFailure 413 above `maxBytes`, 415 for an encoding that is not known, 400 for what is no text.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return '';
  refuseEncoded(headers['content-encoding']);
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return toText(await readBytes(request, maxBytes), headers['content-type']);
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(tooLarge(maxBytes));
      }
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const onBroken = (cause?: unknown) =>
      reject(new HttpFailure(400, 'http-module.BODY_UNREADABLE', 'the body ended before its end', { cause }));
    request.on('error', onBroken);
    request.on('close', () => onBroken());
  });
}

function toText(bytes: Buffer, contentType: string | undefined): string {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') {
    if (isUtf8(bytes)) return bytes.toString('utf8');
    throw new HttpFailure(
      400,
      'http-module.BODY_UNREADABLE',
      'the body is not UTF-8 text: send text, or binary data as base64',
    );
  }
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HttpFailure(
      415,
      'http-module.CHARSET_UNKNOWN',
      `the body cannot be read as ${charset}: send UTF-8`,
      { cause },
    );
  }
}

function refuseEncoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding === 'identity') return;
  throw new HttpFailure(
    415,
    'http-module.ENCODING_UNKNOWN',
    `Content-Encoding ${encoding} is not read: send the body as it is`,
  );
}

function tooLarge(maxBytes: number): HttpFailure {
  return new HttpFailure(413, 'http-module.BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`);
}
