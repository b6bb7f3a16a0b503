import { Type } from '@sinclair/typebox';

/** The few shapes that settings have. */
export const int = (minimum: number, maximum: number, value: number, description: string) =>
  Type.Integer({ minimum, maximum, default: value, description });
export const num = (minimum: number, maximum: number, value: number, description: string) =>
  Type.Number({ minimum, maximum, default: value, description });
export const strict = { additionalProperties: false, default: {} } as const;
/** a section that was given something else may have been given the secret itself */
export const strictSecret = { ...strict, secret: true } as const;
