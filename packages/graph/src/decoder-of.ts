import { type Decoder, type JsonSchema, compileDecoder } from '@tinysystems/core';

const known = new WeakMap<JsonSchema, Decoder>();

/** The decoder of a schema, compiled once for as long as the schema is there. @throws Error when it is not valid. */
export function decoderOf(schema: JsonSchema): Decoder {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const decoder = compileDecoder(schema);
  known.set(schema, decoder);
  return decoder;
}
