// Copies what the compiled modules read beside themselves (SQL, styles, the catalogue) into dist, keeping the folders.
import { cp } from 'node:fs/promises';
import { extname } from 'node:path';
import { statSync } from 'node:fs';

const KEPT = new Set(['.sql', '.css', '.svg', '.json', '.avsc', '.md']);
for (const folder of ['feedback', 'dashboards', 'demo', 'features']) {
  await cp(folder, `dist/${folder}`, {
    recursive: true,
    filter: (source) => statSync(source).isDirectory() || KEPT.has(extname(source)),
  });
}
