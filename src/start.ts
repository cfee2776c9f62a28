import { enableCompileCache } from "node:module";
import { join } from "node:path";

// A container's first process has no defaults for signals: one that comes while the rest is loaded would be lost. main.ts puts its own in place of these.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
// What V8 compiled is kept beside the bundle, where it may be written: the image was started once when it was built. Where there is none, nothing is lost.
enableCompileCache(join(import.meta.dirname, "compile-cache"));
await import("./main.ts");
