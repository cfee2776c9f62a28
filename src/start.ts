import { enableCompileCache } from "node:module";
import { join } from "node:path";

// What V8 compiled is kept beside the bundle, where it may be written: the image was started once when it was built. Where there is none, nothing is lost.
enableCompileCache(join(import.meta.dirname, "compile-cache"));
await import("./main.ts");
