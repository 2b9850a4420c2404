import { parseOptions } from '@tinysystems/operator';

const DEFAULTS = { name: 'common-module', version: '0.1.0' };
const parse = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const options = parseOptions(argv, env, DEFAULTS);
  if (options === 'help') throw new Error('it asked for help');
  return options;
};

describe('the flags of a module', () => {
  it('default to the ports that probes and charts expect', () => {
    expect(parse([])).toMatchObject({
      command: 'run',
      moduleName: 'common-module',
      version: '0.1.0',
      metricsAddress: { host: '0.0.0.0', port: 8080 },
      healthAddress: { host: '0.0.0.0', port: 8081 },
      diagnosticsAddress: { host: '127.0.0.1', port: 8082 },
      isLeaderElected: true,
      workers: 8,
      logLevel: 'info',
    });
  });

  it('freeze messages only where TINY_FREEZE is 1', () => {
    expect(
      [{}, { TINY_FREEZE: '0' }, { TINY_FREEZE: '1' }].map((env) => parse([], env).freezesMessages),
    ).toEqual([false, false, true]);
  });

  it('keep gRPC on loopback without certificates, unless told that the network is safe', () => {
    expect(parse([]).grpcAddress).toBe('127.0.0.1:8483');
    expect(parse(['--grpc-server-bind-address', '10.0.0.7:9000'])).toMatchObject({
      grpcAddress: '127.0.0.1:9000',
      advertisedHost: '127.0.0.1',
    });
    expect(parse(['--grpc-insecure'], { POD_IP: '10.0.0.7' })).toMatchObject({
      grpcAddress: '0.0.0.0:8483',
      advertisedHost: '10.0.0.7',
    });
  });

  it('take messages from everywhere over mutual TLS when there are certificates', () => {
    expect(parse(['--grpc-certificates', '/certificates'], { POD_IP: '10.0.0.7' })).toMatchObject({
      grpcCertificates: '/certificates',
      grpcAddress: '0.0.0.0:8483',
      advertisedHost: '10.0.0.7',
    });
    expect(() => parse(['--grpc-certificates', '/certificates', '--grpc-insecure'])).toThrow(
      'use one of them',
    );
    expect(() => parse(['--grpc-certificates', ''])).toThrow('must name a directory');
  });

  it('publish no address under which gRPC does not listen', () => {
    const bound = ['--grpc-insecure', '--grpc-server-bind-address', '127.0.0.1:9000'];
    expect(parse(bound, { POD_IP: '10.0.0.7' }).advertisedHost).toBe('127.0.0.1');
  });

  it('keep diagnostics on loopback, and refuse any other address', () => {
    const at = (text: string) => parse(['--diagnostics-bind-address', text]).diagnosticsAddress;
    expect([':0', 'localhost:9000', '[::1]:9000', 'off'].map(at)).toEqual([
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 9000 },
      { host: '::1', port: 9000 },
      undefined,
    ]);
    for (const text of ['0.0.0.0:8082', '10.0.0.7:8082', 'example.org:1', '[::]:8082'])
      expect(() => at(text)).toThrow(/--diagnostics-bind-address .*127\.0\.0\.1.*kubectl port-forward/);
    expect(() => at('8082')).toThrow('must be host:port or :port');
  });

  it('take the times of the lease, which must fit together', () => {
    expect(parse([]).lease).toEqual({
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
    });
    const flags = (duration: string, deadline: string, retry: string) => [
      ...['--leader-elect-lease-duration', duration],
      ...['--leader-elect-renew-deadline', deadline],
      ...['--leader-elect-retry-period', retry],
    ];
    expect(parse(flags('6', '4', '0.5')).lease).toEqual({
      leaseDurationMs: 6_000,
      renewDeadlineMs: 4_000,
      retryPeriodMs: 500,
    });
    expect(() => parse(flags('4', '6', '1'))).toThrow('--leader-elect-retry-period must be less');
    expect(() => parse(flags('soon', '4', '1'))).toThrow(
      '--leader-elect-lease-duration soon: must be a number',
    );
  });

  it('take the namespace from the flag before the pod', () => {
    expect(parse([], { POD_NAMESPACE: 'pods' }).namespace).toBe('pods');
    expect(parse(['--namespace', 'mine'], { POD_NAMESPACE: 'pods' }).namespace).toBe('mine');
  });

  it('sanitise the name, and refuse one that is too long to fit a Lease', () => {
    expect(parse(['--name', 'github.com/acme/Common']).moduleName).toBe('github-com-acme-common');
    expect(() => parse(['--name', 'x'.repeat(49)])).toThrow(
      /--name x+: needs letters or digits, and at most 48/,
    );
    expect(() => parse(['--name', '***'])).toThrow(/needs letters or digits/);
  });

  it('say which flag is wrong and what it takes', () => {
    expect(() => parse(['--version', 'v1.0.0'])).toThrow(
      '--version v1.0.0: must be a semantic version without a leading v',
    );
    expect(() => parse(['--metrics-bind-address', 'nowhere'])).toThrow(
      '--metrics-bind-address nowhere: must be host:port or :port',
    );
    expect(() => parse(['--concurrency', '0'])).toThrow('--concurrency 0: must be a whole number above 0');
    expect(() => parse(['--health-probe-bind-address', ':70000'])).toThrow('must be host:port or :port');
    expect(() => parse([], { LOG_LEVEL: 'loud' })).toThrow(
      '--log-level loud: must be one of trace, debug, info',
    );
    expect(() => parse(['--bogus'])).toThrow(/bogus.*--help lists the flags/s);
    expect(() => parse(['serve'])).toThrow('unknown command serve: use run, components-info or pre-delete');
  });

  it('know --leader-elect with and without a value', () => {
    expect(parse(['--leader-elect']).isLeaderElected).toBe(true);
    expect(parse(['--leader-elect=false']).isLeaderElected).toBe(false);
  });

  it('ask for help', () => {
    expect(parseOptions(['--help'], {}, DEFAULTS)).toBe('help');
  });
});
