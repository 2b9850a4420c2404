import { type PortDefinition, publishedPort } from '../src/index.ts';

const PORT: PortDefinition = {
  name: 'in',
  label: 'In',
  position: 'left',
  direction: 'in',
  schema: { type: 'string' },
  emits: ['out'],
  answers: 'passed',
};

describe('publishedPort', () => {
  it('tells all that a check needs to know of a port', () => {
    expect(publishedPort(PORT)).toEqual({
      name: 'in',
      label: 'In',
      position: 'left',
      source: false,
      schema: { type: 'string' },
      emits: ['out'],
      answers: 'passed',
    });
    const reply = { type: 'number' };
    expect(publishedPort({ ...PORT, direction: 'out', reply })).toMatchObject({ source: true, reply });
  });

  it('tells only what differs from what is published elsewhere', () => {
    const changed = { ...PORT, schema: { type: 'number' } };
    expect(publishedPort(changed, PORT)).toEqual({
      name: 'in',
      label: 'In',
      position: 'left',
      source: false,
      schema: { type: 'number' },
    });
  });
});
