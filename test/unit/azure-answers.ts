import type { Fault } from "../simulation/faults.ts";

/** Azure answers so, and nothing happens in it. */
export function answer(status: number, body?: object, headers: Readonly<Record<string, string>> = {}): Fault {
  return {
    kind: "answer",
    when: "before",
    change: () => ({ status, headers, body: body ? JSON.stringify(body) : "" }),
  };
}

/** The same with an error of Azure's. */
export function refusal(status: number, code: string, message: string): Fault {
  return answer(status, { error: { code, message } });
}
