/** `node tools/bundle.ts <module>`: writes `modules/<module>/dist/main.js`, which a module's image runs, and its thread beside it. */
import { access, readFile } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { type Message, type Plugin, build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');

/** CommonJS dependencies inside an ES module still call `require`. The alias is a name that no dependency declares. */
const REQUIRE =
  'import{createRequire as bundleRequire}from"node:module";const require=bundleRequire(import.meta.url);';

/** Programs that a module starts in threads of its own: it looks for them beside itself. */
const THREADS = { 'control-thread-main': 'packages/kubernetes/src/control/control-thread-main.ts' };

/** What to bundle, and where to. */
export interface BundleOptions {
  /** Folder name under `modules/`. */
  readonly module: string;
  /** Default: `modules/<module>/dist/main.js`. Threads, source maps and licence texts are written beside it. */
  readonly outfile?: string;
}

/**
 * Bundles a module of this repository as {@link bundleProgram} does.
 *
 * @returns the path of the module's bundle.
 * @throws Error when there is no such module.
 */
export async function bundleModule(options: BundleOptions): Promise<string> {
  const directory = join(ROOT, 'modules', options.module);
  const entry = join(directory, 'src/main.ts');
  await access(entry).catch((cause: unknown) => {
    throw new Error(`no module "${options.module}": ${entry} does not exist`, { cause });
  });
  return bundleProgram(entry, options.outfile ?? join(directory, 'dist/main.js'));
}

/**
 * Bundles a program that runs a module with everything it imports into one ES module for Node 24, and one for each of
 * its threads, which load so much less. No build is needed before.
 *
 * @returns `outfile`.
 * @throws Error when it does not compile, or when esbuild warns: a warning here is an import that only fails at run
 * time, inside the image.
 */
export async function bundleProgram(entry: string, outfile: string): Promise<string> {
  const { warnings } = await build({
    absWorkingDir: ROOT,
    entryPoints: { [parse(outfile).name]: entry, ...THREADS },
    outdir: dirname(outfile),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@tinysystems/source'],
    banner: { js: REQUIRE },
    // Names stay: they are what a stack trace, a profile and a log show.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'external',
    // Linked, so that --enable-source-maps finds it; positions are enough for a stack trace.
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [MAP_OWN_SOURCES_ONLY],
    logLevel: 'silent',
  });
  if (warnings.length > 0) throw new Error(warnings.map(describe).join('\n'));
  return outfile;
}

/**
 * How rolldown writes `require` of a package inside an ES module, where esbuild does not see it: left as it is, the
 * package is looked for at run time, and an image has none.
 */
const HIDDEN_REQUIRE = /\b__require\((?=["'])/g;

/**
 * Gives each file of a dependency a source map of one position. Node keeps the decoded map in memory: with the
 * dependencies mapped in full it takes 115 MB of a pod's 256, for traces into code that nobody debugs there.
 */
const MAP_OWN_SOURCES_ONLY: Plugin = {
  name: 'map-own-sources-only',
  setup(bundling) {
    const map = Buffer.from(JSON.stringify({ version: 3, sources: [''], names: [], mappings: 'AAAA' }));
    const comment = `\n//# sourceMappingURL=data:application/json;base64,${map.toString('base64')}`;
    bundling.onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(HIDDEN_REQUIRE, 'require(') + comment,
      loader: 'js',
    }));
  },
};

function describe({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line}:${location.column}: ${text}`;
}

if (import.meta.main) {
  const module = process.argv[2];
  if (module === undefined) {
    console.error('usage: node tools/bundle.ts <module>   (a folder under modules/)');
    process.exitCode = 2;
  } else {
    try {
      console.log(await bundleModule({ module }));
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
