import { checkBoundaries } from './import-boundaries.js';

const folders = [
  'core',
  'bandit',
  'client',
  'features',
  'feedback',
  'dashboards',
  'src',
  'demo',
  'benchmarks',
  'scripts',
  'test',
];
const { modules, violations } = checkBoundaries('.', folders);
for (const violation of violations) process.stderr.write(`${violation}\n`);
// With a TypeScript it does not know, dependency-cruiser reads nothing and passes.
if (modules < 50)
  process.stderr.write(`import boundaries: ${modules} modules were read; expected at least 50\n`);
if (violations.length > 0 || modules < 50) process.exitCode = 1;
else process.stdout.write(`import boundaries: ${modules} modules, none broken\n`);
