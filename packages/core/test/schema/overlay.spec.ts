import { type JsonSchema, overlaySchema } from '@tinysystems/core';

const own: JsonSchema = {
  type: 'object',
  properties: {
    context: { title: 'Context', configurable: true },
    delay: { type: 'integer' },
    nested: { type: 'object', properties: { body: { configurable: true }, code: { type: 'integer' } } },
  },
  required: ['delay'],
};

describe('overlaySchema', () => {
  it("is the component's own schema when the author gave none", () => {
    expect(overlaySchema(own, undefined)).toBe(own);
  });

  it("takes the author's shape for configurable fields, at any depth, under the component's title", () => {
    const authored: JsonSchema = {
      properties: {
        context: { type: 'object', title: 'Mine', properties: { name: { type: 'string' } } },
        nested: { properties: { body: { type: 'string' } } },
      },
    };
    const result = overlaySchema(own, authored);
    expect(result.properties?.['context']).toEqual({
      type: 'object',
      title: 'Context',
      configurable: true,
      properties: { name: { type: 'string' } },
    });
    expect(result.properties?.['nested']?.properties?.['body']).toEqual({
      type: 'string',
      configurable: true,
    });
  });

  it('leaves fields alone that the component did not declare configurable, and adds none', () => {
    const authored: JsonSchema = {
      properties: { delay: { type: 'string' }, extra: { type: 'string' } },
      required: ['extra'],
    };
    expect(overlaySchema(own, authored)).toEqual(own);
  });
});
