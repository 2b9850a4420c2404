import { readdirSync } from 'node:fs';
import { components } from '../src/components.ts';

describe('http-module', () => {
  it('ships every component of its folder', () => {
    const files = readdirSync(new URL('../src/components', import.meta.url)).map((file) =>
      file.replace('.ts', '').replace('-', '_'),
    );
    expect(components.map((component) => component.name)).toEqual(files.sort());
  });
});
