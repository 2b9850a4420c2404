import { connect as connectTls } from 'node:tls';
import { Authority } from '@tinysystems/control-plane';
import { type Deliver, type Json, MAX_MESSAGE_BYTES, type Message, systemClock } from '@tinysystems/core';
import { eventually } from '@tinysystems/testing';
import {
  AddressBook,
  type CertificateFiles,
  ClientPool,
  ModuleServer,
  type Peer,
} from '@tinysystems/transport';
import { Certificates, issue } from './module-certificates.ts';
import { callRaw } from './raw-http2.ts';

const message = (data: Json = {}): Message => ({
  from: { node: 'a', port: 'out' },
  to: { node: 'b', port: 'in' },
  edgeId: 'e',
  data,
  depth: 1,
  deadlineMs: systemClock.now() + 20_000,
  trace: undefined,
  passed: undefined,
});
const { signal } = new AbortController();

/** The module `callee` of the namespace `flows`, and who calls it. */
class Setup implements AsyncDisposable {
  readonly certificates: Certificates;
  readonly authority: Authority;
  readonly refusals: string[] = [];
  readonly peers: Peer[] = [];
  readonly #stack = new AsyncDisposableStack();
  addr = '';

  private constructor(certificates: Certificates, authority: Authority) {
    this.certificates = certificates;
    this.authority = authority;
    this.#stack.use(certificates);
  }

  static async create(): Promise<Setup> {
    return new Setup(await Certificates.create(), await Authority.create('modules'));
  }

  async serve(
    certificates: CertificateFiles,
    deliver: Deliver = async ({ data }) => data,
  ): Promise<ModuleServer> {
    const server = new ModuleServer({
      address: '127.0.0.1:0',
      deliver,
      authorise: async (_message, peer) => void this.peers.push(peer),
      clock: systemClock,
      certificates,
      onRefusal: (side, reason) => this.refusals.push(`${side} ${reason}`),
    });
    await server.listen();
    this.#stack.defer(() => server.stop(0));
    this.addr = `127.0.0.1:${server.port}`;
    return server;
  }

  /** A module that calls whatever is at the callee's address, as `callee`. */
  caller(certificates: CertificateFiles | undefined, called = 'callee'): ClientPool {
    const book = new AddressBook();
    book.set(called, [{ pod: 'p', addr: this.addr }]);
    return this.#stack.use(
      new ClientPool({
        book,
        clock: systemClock,
        certificates,
        onRefusal: (side, reason) => this.refusals.push(`${side} ${reason}`),
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }
}

describe('two modules with certificates of one authority', () => {
  it('talk over TLS 1.3, and the called one knows who calls', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    await setup.serve((await certificates.of(authority, 'callee')).files);
    const pool = setup.caller((await certificates.of(authority, 'caller')).files);
    await expect(pool.deliver('callee', message({ n: 1 }), signal)).resolves.toEqual({ n: 1 });
    expect(setup.peers).toMatchObject([{ identity: { namespace: 'flows', module: 'caller' } }]);
    expect(setup.refusals).toEqual([]);
    await expect(handshake(setup.addr, 'TLSv1.2')).rejects.toThrow();
    await eventually(() => setup.refusals.includes('in handshake'));
  });

  it('carry largest messages and largest replies, both ways at once', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    await setup.serve((await certificates.of(authority, 'callee')).files);
    const pool = setup.caller((await certificates.of(authority, 'caller')).files);
    const data = 'x'.repeat(MAX_MESSAGE_BYTES - 2);
    const calls = Array.from({ length: 8 }, () => pool.deliver('callee', message(data), signal));
    for (const reply of await Promise.all(calls)) expect(reply).toHaveLength(data.length);
  });

  it('end the calls in work while the called one stops, also those that take longer than a keepalive', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    const began = Promise.withResolvers<void>();
    const end = Promise.withResolvers<string>();
    const server = await setup.serve((await certificates.of(authority, 'callee')).files, () => {
      began.resolve();
      return end.promise;
    });
    const pool = setup.caller((await certificates.of(authority, 'caller')).files);
    const slow = pool.deliver('callee', message({ n: 1 }), signal);
    await began.promise;
    const stopped = server.stop(30_000);
    await new Promise((resolve) => setTimeout(resolve, 6_000)); // Both sides ping every 5 s.
    end.resolve('answered');
    expect(await slow).toBe('answered');
    await stopped;
  });
});

describe('a caller', () => {
  const untrusted = { name: 'TinyError', kind: 'Transient', code: 'PEER_UNTRUSTED' };

  it('of another authority is not believed, and does not believe the called module', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    await setup.serve((await certificates.of(authority, 'callee')).files);
    const pool = setup.caller((await certificates.of(await Authority.create('others'), 'caller')).files);
    await expect(pool.deliver('callee', message(), signal)).rejects.toMatchObject(untrusted);
    expect(setup.refusals).toContain('out untrusted');
    expect(setup.peers).toEqual([]);
  });

  it('of another authority is refused also when it believes everybody', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    const others = await Authority.create('others');
    await setup.serve((await certificates.of(authority, 'callee')).files);
    const secret = await certificates.secret();
    await secret.write(await issue(others, 'caller', { trusts: [others, authority] }));
    const pool = setup.caller((await certificates.open(secret, 'caller')).files);
    await expect(pool.deliver('callee', message(), signal)).rejects.toMatchObject(untrusted);
    await eventually(() => expect(setup.refusals).toContain('in untrusted'));
    expect(setup.peers).toEqual([]);
  });

  it('without a certificate is refused, in TLS and in plain text', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    await setup.serve((await certificates.of(authority, 'callee')).files);
    await expect(handshake(setup.addr, 'TLSv1.3')).rejects.toThrow();
    await eventually(() => setup.refusals.includes('in no_certificate'));
    const pool = setup.caller(undefined);
    await expect(pool.deliver('callee', message(), signal)).rejects.toMatchObject({ kind: 'Transient' });
    expect(setup.peers).toEqual([]);
  });

  it('whose certificate has expired is refused at the handshake, and on a connection that is older', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    await setup.serve((await certificates.of(authority, 'callee')).files);
    const secret = await certificates.secret();
    // Long enough to be opened and to call once, on a machine that has much to do.
    const notAfterMs = Math.ceil(Date.now() / 1000) * 1000 + 3000;
    await secret.write(await issue(authority, 'caller', { notAfterMs }));
    const { files, told } = await certificates.open(secret, 'caller');
    const pool = setup.caller(files);
    await expect(pool.deliver('callee', message(), signal)).resolves.toEqual({});
    await eventually(() => Date.now() > notAfterMs, { timeoutMs: 10_000 });
    await expect(pool.deliver('callee', message(), signal)).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'PEER_REFUSED',
      message: expect.stringContaining('expired'),
    });
    expect(setup.refusals).toEqual(['in expired']);
    const second = setup.caller(files);
    await expect(second.deliver('callee', message(), signal)).rejects.toMatchObject(untrusted);
    await eventually(() => setup.refusals.filter((refusal) => refusal === 'in expired').length === 2);
    await eventually(() => told.includes('expired'), { timeoutMs: 20_000 });
  }, 60_000);

  it.each([
    ['of another namespace', { namespace: 'other' }, 'namespace', 'ns/other'],
    ['that names no module', { uris: ['https://example.com/'] }, 'identity', 'names no module'],
  ])('with a certificate %s is refused with a reason', async (_what, more, reason, text) => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    await setup.serve((await certificates.of(authority, 'callee')).files);
    const texts = await issue(authority, 'caller', more);
    const call = await callRaw(setup.addr, texts, { path: '/module.ModuleService/Message' });
    expect(call).toMatchObject({ 'x-tiny-code': 'PEER_REFUSED', 'x-tiny-kind': 'Permanent' });
    expect(decodeURIComponent(String(call['grpc-message']))).toContain(text);
    expect(setup.refusals).toEqual([`in ${reason}`]);
    expect(setup.peers).toEqual([]);
  });

  it.each([
    ['another module', 'impostor', 'flows', 'identity'],
    ['the module of that name in another namespace', 'callee', 'other', 'namespace'],
  ])('does not send to %s at the address of the one it means', async (_what, module, namespace, reason) => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    await setup.serve((await certificates.of(authority, module, namespace)).files);
    const pool = setup.caller((await certificates.of(authority, 'caller')).files);
    await expect(pool.deliver('callee', message(), signal)).rejects.toMatchObject({
      ...untrusted,
      message: expect.stringContaining(`ns/${namespace}/module/${module}`),
    });
    expect(setup.refusals).toContain(`out ${reason}`);
    expect(setup.peers).toEqual([]);
  });
});

describe('certificates that change', () => {
  it('are used for new handshakes, and no call is lost, not even over a change of the authority', async () => {
    await using setup = await Setup.create();
    const { certificates, authority } = setup;
    const next = await Authority.create('next');
    const [calleeSecret, callerSecret] = [await certificates.secret(), await certificates.secret()];
    await calleeSecret.write(await issue(authority, 'callee'));
    await callerSecret.write(await issue(authority, 'caller'));
    const callee = await certificates.open(calleeSecret, 'callee');
    const caller = await certificates.open(callerSecret, 'caller');
    const slow = Promise.withResolvers<Json>();
    await setup.serve(callee.files, async ({ data }) => (data === 'slow' ? slow.promise : data));
    const pool = setup.caller(caller.files);
    const load = new Load(pool);
    const begun = pool.deliver('callee', message('slow'), signal);
    // Both authorities are trusted, then certificates of the new one are used, then the old one is trusted no more.
    const both = [authority, next];
    const steps = [
      [authority, both],
      [next, both],
      [next, [next]],
    ] as const;
    for (const [step, [signer, trusts]] of steps.entries()) {
      await calleeSecret.write(await issue(signer, 'callee', { trusts }));
      await callerSecret.write(await issue(signer, 'caller', { trusts }));
      const isLoaded = ({ told }: { told: string[] }) =>
        told.filter((one) => one.startsWith('loaded')).length === step + 2;
      await eventually(() => isLoaded(callee) && isLoaded(caller), { timeoutMs: 30_000 });
      await load.oneMore();
    }
    const served = await certificateOf(setup.addr, await issue(next, 'caller', { trusts: [next] }));
    expect(served).toBe(callee.files.current.serialNumber);
    slow.resolve('done');
    await expect(begun).resolves.toBe('done'); // it began on a connection with certificates that nobody trusts now
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.count).toBeGreaterThan(10);
    // Who has a certificate of the old authority is refused now.
    const old = setup.caller((await certificates.of(authority, 'caller')).files);
    await expect(old.deliver('callee', message(), signal)).rejects.toMatchObject({ code: 'PEER_UNTRUSTED' });
  }, 60_000);

  it.each([
    [
      'the key of another certificate',
      async (authority: Authority) => ({
        ...(await issue(authority, 'callee')),
        key: (await issue(authority, 'callee')).key,
      }),
      'tls.key is not the key of tls.crt',
    ],
    [
      'half a certificate',
      async (authority: Authority) => {
        const texts = await issue(authority, 'callee');
        return { ...texts, certificate: texts.certificate.slice(0, 200) };
      },
      'tls.crt holds no certificate',
    ],
    [
      'a certificate of another module',
      (authority: Authority) => issue(authority, 'impostor'),
      'must have the one URI',
    ],
    [
      'a certificate that its authority did not sign',
      async (authority: Authority) =>
        issue(await Authority.create('others'), 'callee', { trusts: [authority] }),
      'is not signed by',
    ],
    [
      'an expired certificate',
      (authority: Authority) => issue(authority, 'callee', { notAfterMs: Date.now() - 2000 }),
      'has expired',
    ],
    [
      'no key',
      async (authority: Authority) => {
        const { certificate, authorities } = await issue(authority, 'callee');
        return { certificate, authorities };
      },
      'tls.key',
    ],
  ])(
    'into %s are refused, and the good ones stay in use',
    async (_what, broken, text) => {
      await using setup = await Setup.create();
      const { certificates, authority } = setup;
      const secret = await certificates.secret();
      await secret.write(await issue(authority, 'callee'));
      const { files, told } = await certificates.open(secret, 'callee');
      await setup.serve(files);
      const { serialNumber } = files.current;
      await secret.write(await broken(authority));
      await eventually(() => told.length === 2, { timeoutMs: 30_000 });
      expect(told[1]).toContain(`refused: the certificates in ${secret.directory} cannot be used`);
      expect(told[1]).toContain(text);
      expect(await certificateOf(setup.addr, await issue(authority, 'caller'))).toBe(serialNumber);
      await secret.write(await issue(authority, 'callee'));
      await eventually(() => told.length === 3, { timeoutMs: 30_000 });
      expect(await certificateOf(setup.addr, await issue(authority, 'caller'))).toBe(
        files.current.serialNumber,
      );
      expect(files.current.serialNumber).not.toBe(serialNumber);
    },
    60_000,
  );

  it('are demanded at the start: a module with broken ones does not begin', async () => {
    await using certificates = await Certificates.create();
    const secret = await certificates.secret();
    await expect(certificates.open(secret, 'callee')).rejects.toMatchObject({
      name: 'TinyError',
      code: 'CERTIFICATE_INVALID',
      message: expect.stringContaining(secret.directory),
    });
  });

  it('are asked for when a tenth of their life is left', async () => {
    await using certificates = await Certificates.create();
    const secret = await certificates.secret();
    const authority = await Authority.create('modules');
    const [notBeforeMs, notAfterMs] = [Date.now() - 95_000_000, Date.now() + 5_000_000];
    await secret.write(await issue(authority, 'callee', { notBeforeMs, notAfterMs }));
    const { told } = await certificates.open(secret, 'callee');
    expect(told.at(-1)).toBe('expiring');
  });
});

/** Calls one after the other, until it is stopped. */
class Load {
  readonly failures: unknown[] = [];
  count = 0;
  #isStopped = false;
  readonly #loop: Promise<void>;

  constructor(pool: ClientPool) {
    this.#loop = this.#run(pool);
  }

  /** Waits for calls that begin from now on. */
  async oneMore(): Promise<void> {
    const count = this.count + 2;
    await eventually(() => this.count >= count || this.failures.length > 0, { timeoutMs: 10_000 });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
  }

  async #run(pool: ClientPool): Promise<void> {
    while (!this.#isStopped) {
      await pool
        .deliver('callee', message(this.count), signal)
        .catch((error: unknown) => this.failures.push(error));
      this.count += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** One TLS handshake without a certificate. */
function handshake(addr: string, version: 'TLSv1.2' | 'TLSv1.3'): Promise<void> {
  const [host = '', port] = addr.split(':');
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: Number(port),
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2'],
    });
    // TLS 1.3: the server refuses after the client has done its part.
    socket.on('secureConnect', () => socket.on('end', () => reject(new Error('refused'))));
    socket.on('data', () => resolve(socket.destroy() as never));
    socket.on('error', reject);
  });
}

/** The serial number of the certificate that a server shows. */
async function certificateOf(
  addr: string,
  { certificate, key, authorities }: Awaited<ReturnType<typeof issue>>,
): Promise<string> {
  const [host = '', port] = addr.split(':');
  const socket = connectTls({
    ...{ host, port: Number(port), cert: certificate, key, ca: authorities, ALPNProtocols: ['h2'] },
    checkServerIdentity: () => undefined,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}
