import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '@tinysystems/control-plane';
import { CliError, textOf } from '../cli-error.ts';

/** Starts the control plane; whatever keeps it from starting becomes an error that names the flag to change. */
export async function openControlPlane(
  options: ControlPlaneOptions & { readonly host: string; readonly port: number },
): Promise<ControlPlane> {
  try {
    return await startControlPlane(options);
  } catch (error) {
    throw codeOf(error) === 'EADDRINUSE' ? portInUse(error, options) : cannotStart(error, options);
  }
}

/** Reads `--listen host:port`; an IPv6 host may be in brackets. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535)
    throw new CliError(`--listen ${text}: must be host:port, e.g. 127.0.0.1:6180`);
  return { host: (match[1] ?? '').replace(/^\[(.*)\]$/, '$1'), port: Number(match[2]) };
}

function portInUse(
  cause: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): CliError {
  const other = port === 65_535 ? 0 : port + 1;
  return new CliError(
    `Port ${port} on ${host} is in use, so the control plane cannot start.\n` +
      `Is another \`npm start\` or control plane running? Stop it, or choose another port: --listen ${host}:${other}`,
    { cause },
  );
}

function cannotStart(cause: unknown, options: ControlPlaneOptions): CliError {
  const { host, port, dataDirectory, kubeconfigPath } = options;
  const flags = [
    `--listen ${host}:${port}`,
    ...(dataDirectory === undefined ? [] : [`--data ${dataDirectory}`]),
    ...(kubeconfigPath === undefined ? [] : [`--kubeconfig ${kubeconfigPath}`]),
  ];
  return new CliError(`The control plane cannot start: ${textOf(cause)}\nIt was given ${flags.join(', ')}.`, {
    cause,
  });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
