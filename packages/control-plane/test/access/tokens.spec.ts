import { Tokens } from '../../src/access/tokens.ts';

const tokens = new Tokens('the-administrator', true);

describe('Tokens', () => {
  it('knows whom it issued a token to', () => {
    expect(tokens.userOf(tokens.issue({ user: 'dev', groups: ['team'] }))).toEqual({
      name: 'dev',
      groups: ['team', 'system:authenticated'],
    });
  });

  it('puts a ServiceAccount into the groups of all ServiceAccounts and of its namespace', () => {
    expect(tokens.userOf(tokens.issue({ user: 'system:serviceaccount:flows:demo' }))?.groups).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:flows',
      'system:authenticated',
    ]);
  });

  it('knows no token whose user was changed, nor one of another server', () => {
    const [claims = '', signature] = tokens.issue({ user: 'dev' }).split('.');
    const forged = Buffer.from(claims, 'base64url').toString().replace('dev', 'adm');
    const foreign = new Tokens('another', true).issue({ user: 'dev' });
    const wrong = [
      `${Buffer.from(forged).toString('base64url')}.${signature}`,
      `${claims}.${signature}.`,
      claims,
      `${claims}.`,
      '.',
      '',
      foreign,
    ];
    expect(wrong.map((token) => tokens.userOf(token))).toEqual(wrong.map(() => undefined));
  });

  it('neither issues nor knows users while there is only the administrator', () => {
    const closed = new Tokens('the-administrator', false);
    expect(() => closed.issue({ user: 'dev' })).toThrow('Start with { rbac: true }');
    expect(closed.userOf(tokens.issue({ user: 'dev' }))).toBeUndefined();
    expect(closed.userOf('the-administrator')?.groups).toContain('system:masters');
  });

  it.each(['', 'system:serviceaccount:flows', 'system:serviceaccount:a:b:c'])(
    'refuses %j as a user',
    (user) => {
      expect(() => tokens.issue({ user })).toThrow('No token for');
    },
  );
});
