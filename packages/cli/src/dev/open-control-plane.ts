import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '@tinysystems/control-plane';
import { CliError } from '../cli-error.ts';

/** Starts the control plane; a port in use becomes an error that names the port and the flag. */
export async function openControlPlane(
  options: ControlPlaneOptions & { readonly host: string; readonly port: number },
): Promise<ControlPlane> {
  try {
    return await startControlPlane(options);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw cannotStart(error, options);
    throw new CliError(
      `Port ${options.port} on ${options.host} is in use, so the control plane cannot start.\n` +
        `Is another \`npm start\` running? Stop it, or choose another port: npm start -- --listen ${options.host}:${options.port + 1}`,
      { cause: error },
    );
  }
}

/** Reads `--listen host:port`. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535)
    throw new CliError(`--listen ${text}: must be host:port, e.g. 127.0.0.1:6180`);
  return { host: match[1] ?? '', port: Number(match[2]) };
}

function cannotStart(error: unknown, { host, port, dataDirectory }: ControlPlaneOptions): CliError {
  const why = error instanceof Error ? error.message : String(error);
  return new CliError(
    `The control plane cannot start: ${why}\n` +
      `Is another \`npm start\` running in this folder? Stop it first; ` +
      `or check --listen (${host}:${port}) and --data (${dataDirectory ?? 'none'}).`,
    { cause: error },
  );
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
