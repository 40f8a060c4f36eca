// Programs of the system that some tests compare with, and are skipped without.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** The first of `names` that can be run, or undefined. */
export function findTool(...names: readonly string[]): string | undefined {
  return names.find(name => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** Standard output of a command. Throws where it fails, with its standard error. */
export function runTool(command: string, ...parameters: readonly string[]): string {
  const result = spawnSync(command, parameters, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (result.status === 0) return result.stdout;
  throw new Error(`${command} ${parameters.join(' ')}: ${result.stderr || result.error?.message}`);
}

/** True where bpftool may load programs and /sys/fs/bpf can hold pins: Linux, as root. */
export function canUseBpf(): boolean {
  const mounts = existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '';
  return (
    / \/sys\/fs\/bpf bpf /.test(mounts) && spawnSync('bpftool', ['prog', 'show'], { stdio: 'ignore' }).status === 0
  );
}
