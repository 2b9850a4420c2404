export { CliError } from './cli-error.ts';
export { type Applied, type ApplyOptions, applyFiles } from './dev/apply-files.ts';
export { type ValidateOptions, validateFlows } from './commands/validate.ts';
