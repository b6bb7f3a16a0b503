import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect } from 'vitest';

/** Models are served as float32: beyond these digits numbers differ by rounding alone. */
const MOST_DIGITS = 7;

/** A number is meant to the digits shown; a whole one, or one computed in the page, to MOST_DIGITS. */
export function loosened(value: unknown): unknown {
  if (typeof value === 'number') {
    const digits = String(value).split('.')[1]?.length ?? MOST_DIGITS;
    return expect.closeTo(value, Math.min(digits, MOST_DIGITS));
  }
  if (Array.isArray(value)) return value.map(loosened);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, loosened(inner)]));
}

/** What the compiler says about a file under the repository's own settings. */
export function typeErrors(file: string): string[] {
  const { config } = ts.readConfigFile(
    fileURLToPath(new URL('../../tsconfig.json', import.meta.url)),
    (path) => readFileSync(path, 'utf8'),
  ) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: true, incremental: false, tsBuildInfoFile: undefined },
    fileURLToPath(new URL('../..', import.meta.url)),
  );
  // A reader's variable that only one sentence needs is no mistake.
  const program = ts.createProgram([file], { ...options, noUnusedLocals: false });
  const source = program.getSourceFile(file);
  const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return diagnostics.map(describeDiagnostic);
}

function describeDiagnostic({ file, start, messageText }: ts.Diagnostic): string {
  const at = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
  return `${file?.text.split('\n')[at] ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
