import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Job, Result } from "./worker.ts";

/**
 * Makes all runs, on as many threads as the machine has cores.
 *
 * @param onResult called for each as it ends; `false` from it ends the rest
 */
export async function carryOutAll(jobs: readonly Job[], onResult: (result: Result) => boolean): Promise<void> {
  let next = 0;
  let goesOn = true;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("worker.ts", import.meta.url));
    try {
      while (goesOn && next < jobs.length) {
        const job = jobs[next];
        next += 1;
        goesOn = onResult(await ask(worker, job as Job)) && goesOn;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
}

function ask(worker: Worker, job: Job): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const failed = (error: Error): void => reject(error);
  const ended = (code: number): void => reject(new Error(`a worker ended with ${code} during ${JSON.stringify(job)}`));
  worker.once("message", resolve).once("error", failed).once("exit", ended);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(job);
  return promise.finally(() => worker.off("error", failed).off("exit", ended));
}
