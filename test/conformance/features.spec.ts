import { connect } from './connection.ts';
import { FEATURES, lacksOf } from './features.ts';

describe('what servers differ in', () => {
  it('is found out by asking; a control plane of ours has it all', async () => {
    await using connection = await connect();
    const lacks = await lacksOf(connection.config);
    const isOurs = process.env['CONFORMANCE_KUBECONFIG'] === undefined;
    expect([...lacks.keys()]).toEqual(isOurs ? [] : expect.any(Array));
    for (const [need, lack] of lacks) expect(lack).toBe(FEATURES[need].lack);
  });
});
