import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Charge } from '@tinysystems/sdk';
import { HttpFailure } from './failure.ts';

/** What a body may take. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** Of the module's budget; a declared length is charged before the body is read. */
  readonly charge: Charge;
}

/** Whether the request says that a body comes. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * Reads the body as text.
 *
 * @throws HttpFailure 413 above `maxBytes`, 415 for an encoding that is not known, 400 for what is no text.
 * @throws TinyError `Overloaded` when the module has no room for it.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  const { headers } = request;
  refuseEncoded(headers['content-encoding']);
  const declaredBytes = Number(headers['content-length'] ?? 0);
  if (declaredBytes > limits.maxBytes) throw tooLarge(limits.maxBytes);
  limits.charge.add(declaredBytes);
  return toText(await readBytes(request, declaredBytes, limits), headers['content-type']);
}

function readBytes(
  request: IncomingMessage,
  declaredBytes: number,
  { maxBytes, charge }: BodyLimits,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  let isRefused = false;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (isRefused) return;
    try {
      if (size > maxBytes) throw tooLarge(maxBytes);
      if (size > declaredBytes) charge.add(chunk.length);
      chunks.push(chunk);
    } catch (error) {
      isRefused = true;
      chunks.length = 0;
      reject(error);
    }
  });
  request.on('end', () => {
    resolve(Buffer.concat(chunks));
    // The request outlives its body: its chunks, parts of larger buffers of the socket, must not.
    chunks.length = 0;
  });
  const onBroken = (cause?: unknown) =>
    reject(new HttpFailure(400, 'http-module.BODY_UNREADABLE', 'the body ended before its end', { cause }));
  request.on('error', onBroken);
  request.on('close', () => onBroken());
  return promise;
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
