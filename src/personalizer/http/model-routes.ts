import { AppError } from '../../../core/errors.js';
import type { PersonalizerLoop } from '../loop.js';
import { exportedModel, importedModel, verifiedModel } from '../model-file.js';
import { PersonalizerError } from '../personalizer-errors.js';
import type { PersonalizerService } from '../service.js';
import { SharedModel } from '../shared-model.js';
import type { Answer, Route } from './routes.js';

const DONE: Answer = { status: 204 };

export interface ModelRouteOptions {
  readonly service: PersonalizerService;
  readonly loop: PersonalizerLoop;
  /** signs models that may be imported again */
  readonly modelKey: string;
}

/** model, model/properties, logs, logs/properties. */
export function modelRoutes(options: ModelRouteOptions): Route[] {
  const { service, loop, modelKey } = options;
  return [
    {
      ...{ method: 'GET', path: '/model', invalid: 'BadRequest' },
      async handle({ query }) {
        const isSigned = query.get('signed')?.toLowerCase() === 'true';
        return {
          status: 200,
          bytes: exportedModel(await service.markedModel(), isSigned ? modelKey : undefined),
        };
      },
    },
    {
      ...{ method: 'PUT', path: '/model', invalid: 'InvalidModelImportFormat' },
      async handle(call) {
        await service.command('model', {}, checkedModel(await call.bytes(), options));
        return DONE;
      },
    },
    {
      ...{ method: 'DELETE', path: '/model', invalid: 'BadRequest' },
      async handle() {
        await service.command('model', {});
        return DONE;
      },
    },
    {
      ...{ method: 'GET', path: '/model/properties', invalid: 'BadRequest' },
      handle: () => Promise.resolve({ status: 200, json: modelProperties(loop) }),
    },
    {
      ...{ method: 'GET', path: '/logs/properties', invalid: 'BadRequest' },
      async handle() {
        const from = await loop.firstAtMs();
        if (from === undefined) throw new PersonalizerError('LogsPropertiesNotFound', 'there are no logs');
        const to = iso(loop.fold.head.watermarkMs);
        return { status: 200, json: { dateRange: { from: iso(from), to } } };
      },
    },
    {
      ...{ method: 'DELETE', path: '/logs', invalid: 'BadRequest' },
      async handle() {
        await service.command('logs', {});
        return DONE;
      },
    },
    ...['/logs/interactions', '/logs/observations'].map((path): Route => ({
      ...{ method: 'POST', path, invalid: 'BadRequest' },
      handle: () =>
        Promise.reject(
          new PersonalizerError(
            'OperationNotAllowed',
            `${path} takes the binary format of another library; expected rank and events/{eventId}/reward instead`,
          ),
        ),
    })),
  ];
}

/** @throws PersonalizerError `InvalidModelImportSignature` | `InvalidModelImportFormat` */
function checkedModel(file: Buffer, { loop, modelKey }: ModelRouteOptions): Buffer {
  const body = verifiedModel(file, modelKey);
  if (body === undefined)
    throw new PersonalizerError(
      'InvalidModelImportSignature',
      `a model of ${file.length} bytes is not signed with this server's key; expected one from GET model?signed=true`,
    );
  try {
    // Tried apart: what stands in the log has to be good for ever.
    new SharedModel(loop.fold.model.settings, loop.fold.model.halfLifeMs).decode(importedModel(body));
  } catch (error) {
    if (error instanceof AppError)
      throw new PersonalizerError('InvalidModelImportFormat', error.message, error);
    throw error;
  }
  return body;
}

function modelProperties({ fold: { head } }: PersonalizerLoop) {
  return {
    ...(head.modelSinceMs !== null && { creationTime: iso(head.modelSinceMs) }),
    ...(head.modelChangedMs !== null && { lastModifiedTime: iso(head.modelChangedMs) }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
