/** Levels of log lines, the lowest first. */
export const LOG_LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const HIDDEN = new Set(['level', 'time', 'msg', 'module', 'moduleVersion', 'pod', 'err', 'pid', 'hostname']);

/** One line of a module's log. */
export interface LogRecord {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** What a person at the terminal sees of the modules. */
export class Output {
  readonly #write: (text: string) => void;
  readonly #minLevel: number;

  /** @param level - the lowest level of log lines that are shown. */
  constructor(write: (text: string) => void, level: string) {
    this.#write = write;
    this.#minLevel = Math.max(0, LOG_LEVELS.indexOf(level));
  }

  line(text: string): void {
    this.#write(`${text}\n`);
  }

  /** Something about a module process that a person should know. */
  problem(name: string, text: string): void {
    this.line(`[${name}] ${text}`);
  }

  /** One line of a module's log, as a person reads it; `undefined`: it is below the level. */
  textOf(record: LogRecord): string | undefined {
    if (LOG_LEVELS.indexOf(record.level) < this.#minLevel) return undefined;
    const fields = Object.entries(record)
      .filter(([key]) => !HIDDEN.has(key))
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    const { message } = (record['err'] ?? {}) as { message?: string };
    const cause = message === undefined ? [] : [`– ${message}`];
    return [`${record.level}: ${record.msg}`, ...fields, ...cause].join(' ');
  }
}
