import { parsePolicyRule, ruleAllows } from '../../src/access/policy-rule.ts';
import type { AccessAttributes } from '../../src/access/attributes.ts';

const READ = { verbs: ['get'], apiGroups: ['g'], resources: ['widgets'] };
const GET = { verb: 'get', group: 'g', resource: 'widgets', namespace: 'ns', name: 'a' };

function allows(rule: object, attributes: AccessAttributes): boolean {
  return ruleAllows(parsePolicyRule({ ...rule }), attributes);
}

describe('ruleAllows', () => {
  it('allows exactly the verbs, groups and resources that it names', () => {
    expect(allows(READ, GET)).toBe(true);
    expect(allows(READ, { ...GET, verb: 'list' })).toBe(false);
    expect(allows(READ, { ...GET, group: '' })).toBe(false);
    expect(allows(READ, { ...GET, resource: 'gadgets' })).toBe(false);
  });

  it('takes * for every verb, group and resource', () => {
    expect(
      allows({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { ...GET, subresource: 'status' }),
    ).toBe(true);
  });

  it('does not take a resource for its subresources, nor the other way round', () => {
    const status = { ...GET, subresource: 'status' };
    expect(allows(READ, status)).toBe(false);
    expect(allows({ ...READ, resources: ['widgets/status'] }, status)).toBe(true);
    expect(allows({ ...READ, resources: ['widgets/status'] }, GET)).toBe(false);
    expect(allows({ ...READ, resources: ['*/status'] }, status)).toBe(true);
    expect(allows({ ...READ, resources: ['*/scale'] }, status)).toBe(false);
  });

  it('with resourceNames allows those names, and nothing that has no name', () => {
    const named = { ...READ, resourceNames: ['a'] };
    expect(allows(named, GET)).toBe(true);
    expect(allows(named, { ...GET, name: 'b' })).toBe(false);
    expect(allows(named, { ...GET, name: undefined })).toBe(false);
  });

  it('covers a path exactly or by its beginning', () => {
    const rule = { verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] };
    const allowed = (path: string): boolean => allows(rule, { verb: 'get', path });
    expect(['/metrics', '/logs/a/b', '/metrics/x', '/logs'].map(allowed)).toEqual([true, true, false, false]);
  });

  it.each([{}, { verbs: ['get'] }, { verbs: 'get', apiGroups: 'g', resources: 'widgets' }])(
    'allows nothing when it is as incomplete as %j',
    (rule) => {
      expect(allows(rule, GET)).toBe(false);
      expect(allows(rule, { verb: 'get', path: '/metrics' })).toBe(false);
    },
  );
});
