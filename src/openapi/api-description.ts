import { readFileSync } from 'node:fs';
import { openApiDocument, type OpenApiDocument } from './document.js';
import { MEMBER_TOKEN_OPERATIONS } from './member-token-operations.js';
import { OFREP_OPERATIONS } from './ofrep-operations.js';
import { V1_COMPONENTS, V1_OPERATIONS } from './v1-operations.js';

/** Every request that the service answers, whatever the roles of this process. */
export const API_OPERATIONS = [...V1_OPERATIONS, ...MEMBER_TOKEN_OPERATIONS, ...OFREP_OPERATIONS];

/** The description served at /openapi.json and /api. */
export function apiDescription(): OpenApiDocument {
  return openApiDocument(API_OPERATIONS, { version: packageVersion(), components: V1_COMPONENTS });
}

function packageVersion(): string {
  // Beside the sources, or one folder further up from what is built of them.
  for (const path of ['../../package.json', '../../../package.json']) {
    const text = readIfThere(new URL(path, import.meta.url));
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version;
  }
  throw new Error('package.json is not where it was built; expected it beside dist');
}

function readIfThere(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
