// Compiles the AssemblyScript kernels (bandit/linalg/assembly) to WebAssembly and writes the bytes as a TypeScript module, so that tsc, vitest and bundlers
// import them without file I/O. Skipped while the sources are those it was made from. Runs before tsc, hence plain JavaScript.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = 'bandit/linalg/assembly';
const output = join(root, 'bandit/linalg/generated/wasm-bytes.ts');

/** Pages of 64 KiB: the memory is made by bandit/linalg/instance.ts, of at least so many and no more than so many. */
const options = [
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert'],
  ...['--runtime', 'stub', '--use', 'abort='],
  ...['--enable', 'simd', '--enable', 'threads'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536'],
];

/** What the output depends on: every source, the compiler's version, the options and this script. */
async function fingerprint() {
  const hash = createHash('sha256');
  const compiler = JSON.parse(await readFile(join(root, 'node_modules/assemblyscript/package.json'), 'utf8'));
  hash.update(compiler.version).update(JSON.stringify(options));
  hash.update(await readFile(fileURLToPath(import.meta.url)));
  const names = (await readdir(join(root, sources))).filter((name) => name.endsWith('.ts')).sort();
  for (const name of names) hash.update(`\n${name}\n`).update(await readFile(join(root, sources, name)));
  return hash.digest('hex');
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  let wasm;
  const { error, stderr } = await asc.main([`${sources}/index.ts`, '--outFile', 'kernels.wasm', ...options], {
    readFile: (name) => readFile(join(root, name), 'utf8').catch(() => null),
    writeFile(name, contents) {
      if (name === 'kernels.wasm') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || wasm === undefined) throw new Error(`the kernels do not compile\n${stderr.toString()}`);
  return wasm;
}

/** Also vitest's global setup: tests never run on kernels older than their sources. */
export async function setup() {
  const mark = `// sources: ${await fingerprint()}`;
  if (existsSync(output) && (await readFile(output, 'utf8')).startsWith(mark)) return;
  const base64 = Buffer.from(await compile()).toString('base64');
  await mkdir(dirname(output), { recursive: true });
  const unfinished = `${output}.${process.pid}`;
  await writeFile(
    unfinished,
    `${mark}\n/** bandit/linalg/assembly, compiled by scripts/build-kernels.mjs. */\nexport const WASM_BASE64 =\n  '${base64}';\n`,
  );
  await rename(unfinished, output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup();
