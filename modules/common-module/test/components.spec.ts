import { components } from '../src/components.ts';
import { readdirSync } from 'node:fs';

describe('common-module', () => {
  it('ships every component of its folder', () => {
    const files = readdirSync(new URL('../src/components', import.meta.url)).map((file) =>
      file.replace('.ts', ''),
    );
    expect(components.map((component) => component.name)).toEqual(files.sort());
  });
});
