// A network namespace for asking the kernel about routes and sockets: a veth pair, addresses, routes and neighbours, gone when closed.
import { spawnSync } from 'node:child_process';

/** A namespace that `ip netns exec` knows by its name. */
export interface NetworkNamespace {
  readonly name: string;
  close(): void;
}

/** Makes a namespace and runs `ip` with each line of arguments in it, `sysctl -w` where the line has a `=`. Needs root. */
export function openNamespace(name: string, lines: readonly string[]): NetworkNamespace {
  run('ip', ['netns', 'add', name]);
  const close = (): void => void spawnSync('ip', ['netns', 'del', name]);
  try {
    for (const line of lines) {
      const words = line.split(' ');
      if (line.includes('=')) run('ip', ['netns', 'exec', name, 'sysctl', '-qw', ...words]);
      else run('ip', ['-n', name, ...words]);
    }
  } catch (error) {
    close();
    throw error;
  }
  return { name, close };
}

/** Why namespaces cannot be made here, undefined where they can. */
export function namespaceUnavailableReason(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root';
  const name = `xdpsim-probe-${process.pid}`;
  try {
    openNamespace(name, ['link add p0 type veth peer name p1']).close();
    return undefined;
  } catch {
    return 'needs network namespaces and veth';
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
