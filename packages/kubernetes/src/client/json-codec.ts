/** How JSON text becomes values and back; the global `JSON` is one. Another one may keep what that one loses. */
export interface JsonCodec {
  /** @throws an error when the text is not JSON. */
  parse(text: string): unknown;
  stringify(value: unknown): string;
}
