import { ApiError, type Logger } from '@tinysystems/kubernetes';
import { onceRefused } from '../../src/resources/once-refused.ts';

const refusal = (code: number) => new ApiError({ code, reason: 'R', message: 'no', request: 'GET' });

function createLog() {
  const lines: string[] = [];
  const at = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const refusals: string[] = [];
  return { lines, refusals, log: onceRefused(logger, (advice) => refusals.push(advice)) };
}

describe('the log of a cache', () => {
  it.each([
    [403, "tinynodes may not be read: allow the module's ServiceAccount"],
    [404, 'the API server does not know tinynodes: install the chart tinysystems-crds'],
  ])('says once what a %d means', (code, advice) => {
    const { lines, refusals, log } = createLog();
    for (let attempt = 0; attempt < 3; attempt += 1)
      log.warn({ resource: 'tinynodes', err: refusal(code) }, 'list failed');
    expect(lines).toEqual(['warn: list failed', 'debug: list failed', 'debug: list failed']);
    expect(refusals).toEqual([expect.stringContaining(advice)]);
  });

  it('leaves all other lines alone', () => {
    const { lines, refusals, log } = createLog();
    log.warn({ err: refusal(503) }, 'busy');
    log.warn({ err: refusal(503) }, 'busy');
    log.error({}, 'broken');
    expect(lines).toEqual(['warn: busy', 'warn: busy', 'error: broken']);
    expect(refusals).toEqual([]);
  });
});
