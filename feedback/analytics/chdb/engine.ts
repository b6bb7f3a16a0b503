/**
 * The engine process: owns the data path, answers the parent by IPC, and ends with it. Started by engine-process.ts, never imported.
 *
 * It must not outlive its parent (the next one needs the path) nor die of a signal meant for it: a terminal's Ctrl-C reaches the whole
 * process group, and the parent still has rows to hand over.
 */
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngineSessions, type EngineSessions } from './engine-sessions.js';
import type { EngineReply, EngineRequest, EngineSettings } from './protocol.js';

const running = new Set<Promise<void>>();
let sessions: EngineSessions | undefined;
let drainTimeoutMs = 0;
let ending = false;

/** ABORTED: the engine met a fatal error and answers nothing any more; a new process is the only cure. */
const ENGINE_ABORTED = '236';

function reply(message: EngineReply): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'type' in error && typeof error.type === 'string'
    ? `${error.message} (${error.type})`
    : error.message;
}

async function open(settings: EngineSettings): Promise<void> {
  drainTimeoutMs = settings.drainTimeoutMs;
  try {
    // Before the engine's threads exist: on Linux they inherit it from the one that starts them.
    setPriority(settings.niceness);
    sessions = await openEngineSessions(settings);
    reply({ kind: 'opened' });
  } catch (error) {
    reply({ kind: 'open-failed', message: messageOf(error) });
  }
}

async function answer(call: Exclude<EngineRequest, { kind: 'open' | 'close' }>): Promise<void> {
  try {
    if (sessions === undefined) throw new Error('the engine is not open');
    reply({ kind: 'done', id: call.id, rows: await sessions.run(call) });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === ENGINE_ABORTED)
      process.kill(process.pid, 'SIGKILL');
    reply({ kind: 'refused', id: call.id, message: messageOf(error) });
  }
}

/** Closing a session under a running call aborts the engine, so running calls are waited for; what outlasts the limit is cut off. */
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await Promise.race([Promise.allSettled(running), sleep(drainTimeoutMs, undefined, { ref: false })]);
  if (running.size > 0) process.kill(process.pid, 'SIGKILL');
  await sessions?.close();
  process.exit(0);
}

function track(work: Promise<void>): void {
  running.add(work);
  void work.finally(() => running.delete(work));
}

process.on('message', (request: EngineRequest) => {
  if (request.kind === 'open') track(open(request.settings));
  else if (request.kind === 'close') void end();
  else track(answer(request));
});
process.on('disconnect', () => void end());
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
