import { bench } from "./command.ts";

process.exitCode = await bench(process.argv.slice(2), {
  print: (text) => console.log(text),
  tell: (text) => console.error(text),
});
