// The command line in this process, with what it printed.
import { run } from '../../src/cli/run.js';

/** Exit code, stdout and stderr of a command. */
export async function runCli(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    out: text => {
      out += text;
    },
    err: text => {
      err += text;
    },
    isInteractive: false,
    columns: 100,
    now: () => 0,
    onInterrupt: () => () => undefined,
  });
  return { code, out, err };
}
