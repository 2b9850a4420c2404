import { identityFromAltNames, identityUri } from '../src/identity.ts';

const ALPHA = { namespace: 'flows', module: 'alpha' };

describe('the identity in a certificate', () => {
  it.each([
    ['a URI', `URI:${identityUri(ALPHA)}`],
    ['a URI beside names of hosts', `DNS:alpha.flows.svc, URI:${identityUri(ALPHA)}, IP Address:10.0.0.7`],
    [
      'a URI, whatever the reserved name says',
      `DNS:beta.flows.modules.tinysystems.internal, URI:${identityUri(ALPHA)}`,
    ],
    ['the reserved name when there is no URI', 'DNS:localhost, DNS:alpha.flows.modules.tinysystems.internal'],
  ])('is that of %s', (_what, altNames) => {
    expect(identityFromAltNames(altNames)).toEqual(ALPHA);
  });

  it.each([
    ['no names', undefined],
    ['no name of ours', 'DNS:alpha.flows.svc'],
    ['two URIs', `URI:${identityUri(ALPHA)}, URI:spiffe://tinysystems/ns/flows/module/beta`],
    [
      'a URI of somebody else',
      'URI:spiffe://example.org/ns/flows/module/alpha, DNS:alpha.flows.modules.tinysystems.internal',
    ],
    ['a URI that goes on', `URI:${identityUri(ALPHA)}/admin`],
    ['a URI without a module', 'URI:spiffe://tinysystems/ns/flows/module/'],
    [
      'two reserved names',
      'DNS:alpha.flows.modules.tinysystems.internal, DNS:beta.flows.modules.tinysystems.internal',
    ],
    ['the reserved name below another one', 'DNS:x.alpha.flows.modules.tinysystems.internal'],
    [
      'the reserved name as the start of another one',
      'DNS:alpha.flows.modules.tinysystems.internal.example.org',
    ],
    ['a name with a comma that looks like a URI', `DNS:"x, URI:${identityUri(ALPHA)}"`],
    ['a mail address that is no URI', `email:${identityUri(ALPHA)}`],
  ])('is nobody’s with %s', (_what, altNames) => {
    expect(identityFromAltNames(altNames)).toBeUndefined();
  });
});
