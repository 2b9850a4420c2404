#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { controlPlaneCommand } from './commands/control-plane.ts';
import { devCommand } from './commands/dev.ts';
import { evalCommand } from './commands/eval.ts';
import { signalCommand } from './commands/signal.ts';
import { tapCommand } from './commands/tap.ts';
import { traceCommand } from './commands/trace.ts';
import { validateCommand } from './commands/validate.ts';

const BAD_OPTIONS = 2;

const program = new Command('tinysystems')
  .description('Runs and operates TinySystems: a flow engine made of Kubernetes operators.')
  .exitOverride()
  .addCommand(devCommand())
  .addCommand(controlPlaneCommand())
  .addCommand(signalCommand())
  .addCommand(traceCommand())
  .addCommand(tapCommand())
  .addCommand(evalCommand())
  .addCommand(validateCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_OPTIONS;
  if (CliError.is(error)) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
