import { whileHeld } from '../../src/resources/while-held.ts';

describe('whileHeld', () => {
  it('writes while the lease is held, and nothing after it has ended by the clock', async () => {
    const { calls, client } = fakeClient();
    const elector = { name: 'leader election default/job', isHeld: true, holdsLease: () => elector.isHeld };
    const writes = whileHeld(client, elector);
    await writes.patch('a', { status: {} });
    await writes.delete('b', { uid: 'u' });
    elector.isHeld = false;

    await expect(writes.patch('c', {})).rejects.toThrow('c is not written: the lease of the leader election');
    await expect(writes.delete('d')).rejects.toThrow('d is not written');
    expect(calls).toEqual(['patch a', 'delete b']);
  });

  it('always writes where there is no election', async () => {
    const { calls, client } = fakeClient();
    await whileHeld(client, undefined).patch('a', {});

    expect(calls).toEqual(['patch a']);
  });
});

function fakeClient() {
  const calls: string[] = [];
  return {
    calls,
    client: {
      patch: async (name: string) => {
        calls.push(`patch ${name}`);
        return { metadata: { name } };
      },
      delete: async (name: string) => void calls.push(`delete ${name}`),
    },
  };
}
