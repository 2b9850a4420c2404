import { REDACTED, TinyError, withSecretReferences } from '@tinysystems/core';
import type { SecretReading, SecretSource } from '@tinysystems/engine';
import { Flow, PORTS, type TestComponent, node, port } from '../flow.ts';

const REFERENCE = { secretKeyRef: { name: 'mail', key: 'token' } };
const SETTINGS = withSecretReferences({
  type: 'object',
  properties: { token: { type: 'string', secret: true }, note: {} },
});

/** One Secret that the test changes. */
class OneSecret implements SecretSource {
  reading: SecretReading = { reason: 'SecretNotFound', problem: 'there is no Secret mail' };
  readonly followed = new Map<string, number>();

  read(name: string, references: readonly unknown[]): Promise<readonly SecretReading[]> {
    this.followed.set(name, references.length);
    return Promise.resolve(references.map(() => this.reading));
  }
}

/** Notes the settings it accepts; its messages have a secret, too. */
function keeper(accepted: unknown[]): TestComponent {
  return {
    settings: SETTINGS,
    ports: () => [
      port('in', 'in', { schema: { properties: { pin: { type: 'string', secret: true } } } }),
      ...PORTS.slice(1),
    ],
    handle: (message) => {
      throw new TinyError(
        'Permanent',
        'x.BAD',
        `pin ${JSON.stringify(message)} with ${JSON.stringify(accepted.at(-1))}`,
      );
    },
    create: () => ({
      settings: (settings) => {
        if (JSON.stringify(settings).includes('refused')) throw new Error(`no: ${JSON.stringify(settings)}`);
        accepted.push(settings);
      },
    }),
  };
}

const shownBy = (flow: Flow) =>
  flow.report('a').ports.find(({ name }) => name === '_settings')?.configuration;

describe('a node whose settings refer to a Secret', () => {
  it('gets what the Secret holds, and shows the reference', async () => {
    const accepted: unknown[] = [];
    const secrets = new OneSecret();
    secrets.reading = { value: 'hunter22' };
    await using flow = new Flow({ keeper: keeper(accepted) }, { secrets });
    await flow.apply(node('a', 'keeper', { settings: { token: REFERENCE } }));
    expect(accepted).toEqual([{ token: 'hunter22' }]);
    expect(shownBy(flow)).toEqual({ token: REFERENCE });
    expect(flow.report('a')).toMatchObject({ settingsProblem: undefined, plainSecrets: [] });
  });

  it('waits for it, and says which is missing', async () => {
    const accepted: unknown[] = [];
    const secrets = new OneSecret();
    await using flow = new Flow({ keeper: keeper(accepted) }, { secrets });
    const spec = node('a', 'keeper', { settings: { token: REFERENCE } });
    await flow.apply(spec);
    expect(flow.report('a')).toMatchObject({
      settingsReason: 'SecretNotFound',
      settingsProblem: 'settings.token: there is no Secret mail',
    });
    await expect(flow.signal('a')).rejects.toMatchObject({ code: 'SETTINGS_REJECTED' });
    secrets.reading = { value: 'hunter22' };
    await flow.apply(spec);
    expect(accepted).toEqual([{ token: 'hunter22' }]);
    expect(flow.report('a').settingsProblem).toBeUndefined();
  });

  it('takes a changed value up, an equal one not again, and keeps the last one when the Secret goes', async () => {
    const accepted: unknown[] = [];
    const secrets = new OneSecret();
    await using flow = new Flow({ keeper: keeper(accepted) }, { secrets });
    const spec = node('a', 'keeper', { settings: { token: REFERENCE } });
    for (const value of ['first', 'first', 'second']) {
      secrets.reading = { value };
      await flow.apply(spec);
    }
    secrets.reading = { reason: 'SecretNotFound', problem: 'gone' };
    await flow.apply(spec);
    expect(accepted).toEqual([{ token: 'first' }, { token: 'second' }]);
    expect(flow.report('a').settingsReason).toBe('SecretNotFound');
    await expect(flow.signal('a')).rejects.toMatchObject({ code: 'x.BAD' });
  });

  it('refers to nothing where a field is not secret: that is data', async () => {
    const accepted: unknown[] = [];
    await using flow = new Flow({ keeper: keeper(accepted) }, { secrets: new OneSecret() });
    await flow.apply(node('a', 'keeper', { settings: { note: REFERENCE } }));
    expect(accepted).toEqual([{ note: REFERENCE }]);
  });

  it('lets go of the Secret with its end', async () => {
    const secrets = new OneSecret();
    await using flow = new Flow({ keeper: keeper([]) }, { secrets });
    await flow.apply(node('a', 'keeper', { settings: { token: REFERENCE } }));
    expect(secrets.followed.get('a')).toBe(1);
    await flow.scheduler.remove('a', 'deleted');
    expect(secrets.followed.get('a')).toBe(0);
  });
});

describe('secrets of a node', () => {
  it('that stand in the spec itself are accepted, and named', async () => {
    await using flow = new Flow({ keeper: keeper([]) });
    await flow.apply(node('a', 'keeper', { settings: { token: 'hunter22' } }));
    expect(flow.report('a').plainSecrets).toEqual(['token']);
    expect(shownBy(flow)).toEqual({ token: REDACTED });
  });

  it('are taken out of what a component says when it refuses its settings', async () => {
    await using flow = new Flow({ keeper: keeper([]) });
    await flow.apply(node('a', 'keeper', { settings: { token: 'refused' } }));
    expect(flow.report('a').settingsProblem).toBe(`no: {"token":"${REDACTED}"}`);
  });

  it('are taken out of the errors of its handlers, and so are those of their messages', async () => {
    await using flow = new Flow({ keeper: keeper([]) });
    await flow.apply(node('a', 'keeper', { settings: { token: 'hunter22' } }));
    await expect(flow.signal('a', { pin: 'number9' })).rejects.toMatchObject({
      code: 'x.BAD',
      message: `pin {"pin":"${REDACTED}"} with {"token":"${REDACTED}"}`,
    });
  });
});
