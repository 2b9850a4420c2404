import { attributesOf, type AccessAttributes } from '../../src/access/attributes.ts';
import { parseResourcePath } from '../../src/http/routes.ts';

const WIDGETS = '/apis/g/v1/namespaces/ns/widgets';
const WIDGET = { group: 'g', resource: 'widgets', namespace: 'ns' };

function attributes(method: string, url: string): AccessAttributes {
  const [path = '', query] = url.split('?', 2);
  return attributesOf({ method, path, query: new URLSearchParams(query) }, parseResourcePath(path));
}

describe('attributesOf', () => {
  it.each([
    ['GET', '/a', 'get', 'a'],
    ['HEAD', '/a', 'get', 'a'],
    ['GET', '', 'list', undefined],
    ['GET', '?watch=true', 'watch', undefined],
    ['GET', '?watch=1', 'watch', undefined],
    ['GET', '?watch=false', 'list', undefined],
    ['GET', '/a?watch=true', 'get', 'a'],
    ['POST', '', 'create', undefined],
    ['POST', '/a', 'create', undefined],
    ['PUT', '/a', 'update', 'a'],
    ['PATCH', '/a', 'patch', 'a'],
    ['DELETE', '/a', 'delete', 'a'],
    ['DELETE', '', 'deletecollection', undefined],
  ])('of %s …/widgets%s are %s of %s', (method, rest, verb, name) => {
    expect(attributes(method, WIDGETS + rest)).toEqual({ ...WIDGET, verb, name });
  });

  it('name the one object that a list, a watch or a deletion is limited to', () => {
    const selected = '?fieldSelector=metadata.name%3Da';
    expect(attributes('GET', WIDGETS + selected)).toMatchObject({ verb: 'list', name: 'a' });
    expect(attributes('GET', `${WIDGETS + selected}&watch=true`)).toMatchObject({ verb: 'watch', name: 'a' });
    expect(attributes('DELETE', WIDGETS + selected)).toMatchObject({ verb: 'deletecollection', name: 'a' });
    expect(attributes('POST', WIDGETS + selected)).toEqual({ ...WIDGET, verb: 'create' });
    expect(attributes('GET', `${WIDGETS}?fieldSelector=metadata.name!%3Da`)).toEqual({
      ...WIDGET,
      verb: 'list',
    });
  });

  it('tell subresources, clusters and the old form of a watch', () => {
    expect(attributes('PATCH', `${WIDGETS}/a/status`)).toMatchObject({ subresource: 'status', name: 'a' });
    expect(attributes('GET', '/apis/g/v1/widgets')).toEqual({
      verb: 'list',
      group: 'g',
      resource: 'widgets',
    });
    expect(attributes('GET', '/apis/g/v1/watch/namespaces/ns/widgets/a')).toEqual({
      ...WIDGET,
      verb: 'watch',
      name: 'a',
    });
    expect(attributes('DELETE', '/apis/g/v1/watch/namespaces/ns/widgets/a')).toMatchObject({
      verb: 'delete',
    });
  });

  it('put a namespace into itself', () => {
    const namespace = { group: '', resource: 'namespaces', namespace: 'ns', name: 'ns' };
    expect(attributes('GET', '/api/v1/namespaces/ns')).toEqual({ ...namespace, verb: 'get' });
    expect(attributes('GET', '/api/v1/namespaces')).toEqual({
      verb: 'list',
      group: '',
      resource: 'namespaces',
    });
  });

  it('are a path where there are no objects', () => {
    expect(attributes('GET', '/apis/g/v1')).toEqual({ verb: 'get', path: '/apis/g/v1' });
    expect(attributes('POST', '/metrics')).toEqual({ verb: 'post', path: '/metrics' });
  });
});
