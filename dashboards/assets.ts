import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';

const YEAR_MS = 31_536_000_000;
const here = dirname(fileURLToPath(import.meta.url));

/**
 * Above the compiled browser modules: what holds this folder when it runs from dist/, the repository's dist/ when it runs from source.
 */
export function modulesDirectory(): string {
  const beside = join(here, '..');
  return existsSync(join(beside, BROWSER_FOLDERS[0], 'home-page.js')) ? beside : join(beside, 'dist');
}

/** What browsers are sent, in their places: the pages' modules and the client they import. */
const BROWSER_FOLDERS = ['dashboards/browser', 'client/browser'] as const;

export interface Assets {
  /** path prefix that changes with any byte of any asset: what is under it never changes, so browsers keep it for good */
  readonly prefix: string;
  readonly router: Router;
}

function contentVersion(directories: readonly string[]): string {
  const hash = createHash('sha256');
  for (const directory of directories.filter((d) => existsSync(d))) {
    for (const name of readdirSync(directory).sort()) {
      if (/\.(js|css|svg)$/.test(name)) hash.update(name).update(readFileSync(join(directory, name)));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

/**
 * `/assets/…`: the stylesheet, the icon and the browser modules. Under the versioned prefix they are immutable; under plain `/assets/`
 * they are revalidated by ETag.
 */
export function assetsRouter(modules: string): Assets {
  const served = [
    { at: '', directory: join(here, 'assets') },
    ...BROWSER_FOLDERS.map((folder) => ({ at: `/${folder}`, directory: join(modules, folder) })),
  ];
  const prefix = `/assets/v-${contentVersion(served.map(({ directory }) => directory))}`;
  const router = express.Router();
  const serve = (under: string, immutable: boolean): void => {
    for (const { at, directory } of served) {
      const maxAge = immutable ? YEAR_MS : 0;
      const fixed = { index: false, redirect: false, dotfiles: 'ignore', extensions: false } as const;
      router.use(under + at, express.static(directory, { ...fixed, immutable, maxAge }));
    }
  };
  // A browser's .ts sources lie beside the modules when the service runs from source: they are not for serving.
  router.use('/assets', (request, response, next) => {
    if (/\.(js|css|svg)$/.test(request.path)) next();
    else response.status(404).type('text/plain').send('no such asset');
  });
  serve(prefix, true);
  serve('/assets', false);
  return { prefix, router };
}
