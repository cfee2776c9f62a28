import type { CallLog } from "./calls.ts";
import { type Faults, parseFault } from "./faults.ts";
import { answer, ArmFault, type EmulatorRequest, type EmulatorResponse } from "./http.ts";
import { parseBody } from "./json.ts";

/** The emulator's own routes, which Azure does not have: what was called, and which calls shall fail. They do not count as calls. */
export function control(request: EmulatorRequest, path: string, calls: CallLog, faults: Faults): EmulatorResponse {
  switch (`${request.method} ${path.toLowerCase()}`) {
    case "GET /_emulator/calls":
      return answer(200, { calls: calls.all });
    case "DELETE /_emulator/calls":
      calls.clear();
      return answer(204);
    case "POST /_emulator/faults":
      try {
        faults.add(parseFault(parseBody(request.body)));
        return answer(201);
      } catch (error) {
        if (error instanceof ArmFault) return error.toResponse();
        throw error;
      }
    case "DELETE /_emulator/faults":
      faults.clear();
      return answer(204);
    default:
      return new ArmFault(
        404,
        "NotFound",
        "the emulator has GET and DELETE /_emulator/calls, POST and DELETE /_emulator/faults",
      ).toResponse();
  }
}
