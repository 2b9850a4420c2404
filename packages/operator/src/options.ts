import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { MAX_MODULE_NAME_LENGTH, TinyError, sanitiseName } from '@tinysystems/core';
import type { ElectorOptions } from '@tinysystems/kubernetes';
import { isLoopback } from './diagnostics/loopback.ts';

/** What a module process was told by flags and environment. */
export interface ProcessOptions {
  readonly command: 'run' | 'components-info' | 'pre-delete';
  /** Sanitised: decides which nodes are ours. */
  readonly moduleName: string;
  readonly version: string;
  /** `undefined`: the kubeconfig's, else the pod's, else `default`. */
  readonly namespace: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly metricsAddress: HostPort;
  readonly healthAddress: HostPort;
  /** Always loopback; `undefined`: no diagnostics. */
  readonly diagnosticsAddress: HostPort | undefined;
  /** `host:port` for gRPC. */
  readonly grpcAddress: string;
  /** `host:port` of the module's Service; published as `status.addr`. */
  readonly serviceAddress: string | undefined;
  /** Directory of `tls.crt`, `tls.key` and `ca.crt`; `undefined`: gRPC in plain text. */
  readonly grpcCertificates: string | undefined;
  /** Clients may ask what this module takes. */
  readonly hasGrpcReflection: boolean;
  /** Host under which other modules reach this replica. */
  readonly advertisedHost: string;
  readonly isLeaderElected: boolean;
  readonly lease: LeaseTimes;
  /** Name of this replica, which has one process at a time; a random suffix makes it an identity. */
  readonly podName: string;
  readonly workers: number;
  /** Who writes into a message fails at once; for development. */
  readonly freezesMessages: boolean;
  readonly logLevel: string;
}

/** How long a lease lasts, and when it is renewed. */
export type LeaseTimes = Pick<ElectorOptions, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>;

/** Where a server listens; an empty host means all addresses. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const LOG_LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** What `--help` prints. */
export const HELP = `Runs a TinySystems module.

Commands:
  run               (default) serve until SIGTERM
  components-info   print the components as JSON
  pre-delete        remove the TinyModule of this module

Flags:
  --name NAME                         name of the module
  --version VERSION                   version of the module, without a leading v
  --namespace NAMESPACE               namespace to work in         [env POD_NAMESPACE, else the kubeconfig's, else default]
  --kubeconfig FILE                   kubeconfig to use            [else ~/.kube/config, else in-cluster]
  --metrics-bind-address HOST:PORT    Prometheus metrics           [:8080]
  --health-probe-bind-address H:P     /healthz and /readyz         [:8081]
  --diagnostics-bind-address H:P|off  traces and taps of this replica; loopback only  [127.0.0.1:8082]
  --grpc-server-bind-address H:P      messages of other modules    [:8483]
  --grpc-certificates DIR             directory of tls.crt, tls.key and ca.crt: messages over mutual TLS; read again when they change
  --grpc-insecure                     take messages from other hosts without certificates; else gRPC is on loopback only
  --grpc-reflection                   tell clients such as grpcurl what this module takes
  --leader-elect=false                lead without a Lease: for one replica only
  --leader-elect-lease-duration S     others wait so long for a leader that is silent, seconds        [15]
  --leader-elect-renew-deadline S     a leader that cannot renew for so long steps down, seconds      [10]
  --leader-elect-retry-period S       time between renewals, and between tries, seconds               [2]
  --concurrency N                     reconciliations at once      [8]
  --log-level LEVEL                   trace|debug|info|warn|error  [env LOG_LEVEL, else info]

Environment: POD_NAME, POD_IP, SELF_SERVICE_HOST (host:port of the Service), OTEL_EXPORTER_OTLP_ENDPOINT,
TINY_FREEZE (1: a handler that writes into a message fails).
`;

/**
 * Reads flags and environment.
 *
 * @param defaults - what the module's own `runModule()` says.
 * @throws TinyError `OPTIONS_INVALID` saying which flag is wrong and what it takes.
 */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  defaults: { readonly name: string; readonly version: string },
): ProcessOptions | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help === true) return 'help';
  const grpc = grpcOptions(values, env);
  return {
    command: commandOf(positionals),
    moduleName: moduleNameOf(values.name ?? defaults.name),
    version: versionOf(values.version ?? defaults.version),
    namespace: values.namespace ?? env['POD_NAMESPACE'],
    kubeconfig: values.kubeconfig ?? env['KUBECONFIG'],
    metricsAddress: hostPortOf('metrics-bind-address', values['metrics-bind-address'] ?? ':8080'),
    healthAddress: hostPortOf('health-probe-bind-address', values['health-probe-bind-address'] ?? ':8081'),
    diagnosticsAddress: diagnosticsAddressOf(values['diagnostics-bind-address'] ?? '127.0.0.1:8082'),
    ...grpc,
    serviceAddress: env['SELF_SERVICE_HOST'],
    isLeaderElected: values['leader-elect'] !== 'false',
    lease: leaseTimesOf(values),
    podName: env['POD_NAME'] ?? `${hostname()}-${process.pid}`,
    workers: positiveInteger('concurrency', values.concurrency ?? '8'),
    freezesMessages: env['TINY_FREEZE'] === '1',
    logLevel: logLevelOf(values['log-level'] ?? env['LOG_LEVEL'] ?? 'info'),
  };
}

function parse(argv: readonly string[]) {
  // `--leader-elect` alone means true, as with Go's flags; parseArgs would take the next word for its value.
  const args = argv.map((word) => (word === '--leader-elect' ? '--leader-elect=true' : word));
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        name: { type: 'string', short: 'n' },
        version: { type: 'string', short: 'v' },
        namespace: { type: 'string' },
        kubeconfig: { type: 'string', short: 'k' },
        'metrics-bind-address': { type: 'string', short: 'm' },
        'health-probe-bind-address': { type: 'string', short: 't' },
        'diagnostics-bind-address': { type: 'string' },
        'grpc-server-bind-address': { type: 'string', short: 'g' },
        'grpc-certificates': { type: 'string' },
        'grpc-insecure': { type: 'boolean' },
        'grpc-reflection': { type: 'boolean' },
        'leader-elect': { type: 'string' },
        'leader-elect-lease-duration': { type: 'string' },
        'leader-elect-renew-deadline': { type: 'string' },
        'leader-elect-retry-period': { type: 'string' },
        concurrency: { type: 'string' },
        'log-level': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw invalid(`${error instanceof Error ? error.message : String(error)}; --help lists the flags`);
  }
}

function commandOf(positionals: readonly string[]): ProcessOptions['command'] {
  const [command = 'run', ...rest] = positionals;
  if (rest.length === 0 && (command === 'run' || command === 'components-info' || command === 'pre-delete'))
    return command;
  throw invalid(`unknown command ${positionals.join(' ')}: use run, components-info or pre-delete`);
}

function moduleNameOf(name: string): string {
  const sanitised = sanitiseName(name);
  if (sanitised !== '' && sanitised.length <= MAX_MODULE_NAME_LENGTH) return sanitised;
  throw invalid(`--name ${name}: needs letters or digits, and at most ${MAX_MODULE_NAME_LENGTH} characters`);
}

function versionOf(version: string): string {
  if (/^\d+\.\d+\.\d+/.test(version)) return version;
  throw invalid(`--version ${version}: must be a semantic version without a leading v, e.g. 1.2.3`);
}

function hostPortOf(flag: string, text: string): HostPort {
  const match = /^(.*):(\d+)$/.exec(text);
  if (match === null || Number(match[2]) > 65_535)
    throw invalid(`--${flag} ${text}: must be host:port or :port`);
  return { host: match[1] === '' ? '0.0.0.0' : (match[1] ?? ''), port: Number(match[2]) };
}

/** What it tells is for those who may already be on this machine, or in this pod. */
function diagnosticsAddressOf(text: string): HostPort | undefined {
  if (text === 'off') return undefined;
  const flag = 'diagnostics-bind-address';
  const { host, port } = hostPortOf(flag, text.startsWith(':') ? `127.0.0.1${text}` : text);
  const name = host.replace(/^\[(.*)\]$/, '$1');
  if (!isLoopback(name))
    throw invalid(
      `--${flag} ${text}: it listens on 127.0.0.1, [::1] or localhost only; reach it from elsewhere with kubectl port-forward`,
    );
  return { host: name === 'localhost' ? '127.0.0.1' : name, port };
}

type GrpcOptions = Pick<
  ProcessOptions,
  'grpcAddress' | 'grpcCertificates' | 'hasGrpcReflection' | 'advertisedHost'
>;

/** Without certificates gRPC is kept on loopback, unless the operator of the cluster says that the network is safe. */
function grpcOptions(
  values: Readonly<Record<string, string | boolean | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
): GrpcOptions {
  const certificates = values['grpc-certificates'];
  const isInsecure = values['grpc-insecure'] === true;
  if (certificates !== undefined && isInsecure)
    throw invalid('--grpc-certificates and --grpc-insecure: use one of them');
  if (certificates === '') throw invalid('--grpc-certificates: must name a directory');
  const isOpen = isInsecure || certificates !== undefined;
  const text = values['grpc-server-bind-address'] ?? ':8483';
  const { host, port } = hostPortOf('grpc-server-bind-address', String(text));
  const bound = isOpen || isLoopback(host) ? host : '127.0.0.1';
  return {
    grpcAddress: `${bound}:${port}`,
    hasGrpcReflection: values['grpc-reflection'] === true,
    grpcCertificates: typeof certificates === 'string' ? certificates : undefined,
    advertisedHost: isLoopback(bound) ? '127.0.0.1' : (env['POD_IP'] ?? '127.0.0.1'),
  };
}

function logLevelOf(text: string): string {
  if (LOG_LEVELS.includes(text)) return text;
  throw invalid(`--log-level ${text}: must be one of ${LOG_LEVELS.join(', ')}`);
}

function leaseTimesOf(values: Readonly<Record<string, string | boolean | undefined>>): LeaseTimes {
  const seconds = (name: string, otherwise: number): number => {
    const text = values[`leader-elect-${name}`];
    if (text === undefined) return otherwise * 1000;
    const value = Number(text);
    if (value > 0 && Number.isFinite(value)) return value * 1000;
    throw invalid(`--leader-elect-${name} ${text}: must be a number of seconds above 0`);
  };
  const leaseDurationMs = seconds('lease-duration', 15);
  const renewDeadlineMs = seconds('renew-deadline', 10);
  const retryPeriodMs = seconds('retry-period', 2);
  if (retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)
    return { leaseDurationMs, renewDeadlineMs, retryPeriodMs };
  throw invalid(
    'leader election: --leader-elect-retry-period must be less than --leader-elect-renew-deadline, and that less than --leader-elect-lease-duration',
  );
}

function positiveInteger(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(`--${flag} ${text}: must be a whole number above 0`);
}

function invalid(message: string): TinyError {
  return new TinyError('Permanent', 'OPTIONS_INVALID', message);
}
