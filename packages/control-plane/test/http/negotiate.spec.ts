import { negotiate } from '../../src/http/negotiate.ts';

describe('negotiate', () => {
  it.each<[string | undefined, any]>([
    [undefined, { form: 'object', encoding: 'json' }],
    ['*/*', { form: 'object', encoding: 'json' }],
    ['application/json, */*;q=0.8', { form: 'object', encoding: 'json' }],
    ['application/yaml', { form: 'object', encoding: 'yaml' }],
    ['application/vnd.kubernetes.protobuf,application/json', { form: 'object', encoding: 'json' }],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { form: 'table', metaVersion: 'v1' }],
    ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', { form: 'object' }],
    ['application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', { form: 'partial' }],
  ])('answers %s', (accept, expected) => {
    expect(negotiate(accept)).toMatchObject(expected);
  });

  it('refuses what it cannot write', () => {
    expect(() => negotiate('text/html')).toThrow('only the following media types are accepted');
  });
});
