import { FakeClock } from '@tinysystems/core/testing';
import { createRefusalReporter } from '../src/refusal-reporter.ts';

describe('refusals', () => {
  it('are all counted, and each reason is logged once a minute', async () => {
    const clock = new FakeClock();
    const counted: string[] = [];
    const logged: unknown[] = [];
    const refused = createRefusalReporter({
      metrics: { transport: { refused: (side, reason) => counted.push(`${side} ${reason}`) } },
      clock,
      log: { warn: (fields) => logged.push(fields) },
    });
    for (let time = 0; time < 3; time += 1) refused('in', 'untrusted', '10.0.0.7');
    refused('out', 'untrusted', 'module beta');
    await clock.advance(60_000);
    refused('in', 'untrusted', '10.0.0.8');
    expect(counted).toEqual([...Array(3).fill('in untrusted'), 'out untrusted', 'in untrusted']);
    expect(logged).toEqual([
      { side: 'in', reason: 'untrusted', what: '10.0.0.7' },
      { side: 'out', reason: 'untrusted', what: 'module beta' },
      { side: 'in', reason: 'untrusted', what: '10.0.0.8' },
    ]);
  });
});
