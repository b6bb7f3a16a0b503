import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';

const YEAR_MS = 31_536_000_000;
const here = dirname(fileURLToPath(import.meta.url));

/**
 * Where the compiled browser modules are: beside this module when it runs from dist/, in the repository's dist/ when it runs from source.
 */
export function browserDirectory(): string {
  const beside = join(here, 'browser');
  return existsSync(join(beside, 'home-page.js'))
    ? beside
    : join(here, '..', 'dist', 'dashboards', 'browser');
}

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
export function assetsRouter(browser: string): Assets {
  const directories = [join(here, 'assets'), browser];
  const prefix = `/assets/v-${contentVersion(directories)}`;
  const router = express.Router();
  const serve = (options: { readonly immutable: boolean }): express.RequestHandler[] =>
    directories.map((directory) =>
      express.static(directory, {
        index: false,
        redirect: false,
        dotfiles: 'ignore',
        extensions: false,
        immutable: options.immutable,
        maxAge: options.immutable ? YEAR_MS : 0,
      }),
    );
  // A browser's .ts sources lie beside the modules when the service runs from source: they are not for serving.
  router.use('/assets', (request, response, next) => {
    if (/\.(js|css|svg)$/.test(request.path)) next();
    else response.status(404).type('text/plain').send('no such asset');
  });
  router.use(prefix, ...serve({ immutable: true }));
  router.use('/assets', ...serve({ immutable: false }));
  return { prefix, router };
}
