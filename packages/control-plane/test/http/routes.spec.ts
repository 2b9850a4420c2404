import { parseResourcePath } from '../../src/http/routes.ts';

describe('parseResourcePath', () => {
  it.each<[string, any]>([
    ['/api/v1/pods', { group: '', version: 'v1', plural: 'pods', namespace: undefined, name: undefined }],
    [
      '/api/v1/namespaces/ns/pods/p/status',
      { plural: 'pods', namespace: 'ns', name: 'p', subresource: 'status' },
    ],
    ['/api/v1/namespaces/ns', { plural: 'namespaces', namespace: undefined, name: 'ns' }],
    ['/api/v1/namespaces/ns/finalize', { plural: 'namespaces', name: 'ns', subresource: 'finalize' }],
    ['/apis/g.io/v1/things/t', { group: 'g.io', version: 'v1', plural: 'things', name: 't' }],
    ['/apis/g.io/v1/watch/namespaces/ns/things', { plural: 'things', namespace: 'ns', isWatch: true }],
  ])('takes %s apart', (path, expected) => {
    expect(parseResourcePath(path)).toMatchObject(expected);
  });

  it.each([
    '/',
    '/api',
    '/apis/g.io',
    '/apis/g.io/v1',
    '//apis/g.io/v1/things',
    '/api/v1/pods/a/b/c',
    '/healthz',
  ])('does not take %s for a resource', (path) => {
    expect(parseResourcePath(path)).toBeUndefined();
  });
});
