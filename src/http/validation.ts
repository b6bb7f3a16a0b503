import type { Static, TSchema } from '@sinclair/typebox';
import { Ajv, type ErrorObject } from 'ajv';
import { AppError, shown } from '../../core/errors.js';

/** Longest id in UTF-8: with a prefix it stays below the key-value port's 500 bytes, with a page's header below a token's length. */
const MAX_ID_BYTES = 256;

/**
 * An id is kept as bytes: in keys, tokens and hashes. So its length is counted in bytes, a half of a surrogate pair (which has no bytes of its
 * own: two such ids would become one) is refused, and so are control characters, which separate ids from each other.
 */
export const ID_FORMAT = {
  name: `id of at most ${MAX_ID_BYTES} bytes of UTF-8 without control characters`,
  validate: (text: string): boolean =>
    !/\p{Cc}|\p{Cs}/u.test(text) && Buffer.byteLength(text) <= MAX_ID_BYTES,
};

const ajv = new Ajv({ strict: true, verbose: true, allowUnionTypes: true });
ajv.addFormat(ID_FORMAT.name, ID_FORMAT.validate);

export type Checked<T> =
  { readonly kind: 'valid'; readonly value: T } | { readonly kind: 'invalid'; readonly error: AppError };

/** Compiles a schema once; the result checks a value and says what is wrong, showing the value and what was expected. */
export function validator<S extends TSchema>(schema: S): (value: unknown) => Checked<Static<S>> {
  const validate = ajv.compile<Static<S>>(schema);
  return (value) =>
    validate(value)
      ? { kind: 'valid', value }
      : { kind: 'invalid', error: new AppError('request/invalid', sentence(validate.errors ?? [])) };
}

function sentence(errors: readonly ErrorObject[]): string {
  const constants = errors.filter((e) => e.keyword === 'const');
  const error = constants[0] ?? errors[0];
  if (!error) return 'the request is not valid';
  const where = error.instancePath === '' ? 'the request' : error.instancePath.slice(1).replaceAll('/', '.');
  const params = error.params as { additionalProperty?: string; missingProperty?: string; pattern?: string };
  if (params.additionalProperty !== undefined)
    return `${where} has the unknown field ${shown(params.additionalProperty)}`;
  if (params.missingProperty !== undefined)
    return `${where} lacks the field ${shown(params.missingProperty)}`;
  if (constants.length > 0) {
    const allowed = constants.map((e) => String((e.params as { allowedValue: unknown }).allowedValue));
    return `${where} is ${shown(error.data)}; expected one of ${allowed.join(', ')}`;
  }
  return `${where} is ${shown(error.data)}; it ${error.message ?? 'is not valid'}`;
}

/** Parses a JSON body. @throws AppError `request/bad-json` */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch (error) {
    throw new AppError('request/bad-json', `the body is not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
}
