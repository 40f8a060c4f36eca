// Loading programs that name maps by their index in a list of descriptors. bpftool has libbpf write such code when it makes a program that
// loads the object (`-L`), but keeps nothing of what that program loads; so it is held open until everything in its hands is pinned.
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSlots } from '../../isa/decode.js';
import type { ObjectSpec } from '../../object/spec.js';
import { InputError } from '../../support/errors.js';
import type { Bpftool } from './bpftool.js';

/** Whether a program of the object loads a map, or the address of a map's value, by the map's index. */
export function namesMapsByIndex(object: ObjectSpec): boolean {
  return object.programs.some(({ code }) =>
    decodeSlots(code).instructions.some(
      item => item?.kind === 'loadImmediate64' && (item.source === 5 || item.source === 6),
    ),
  );
}

// The second command of the batch waits for a writer of the pipe, so that the first has loaded when the pipe opens. Where the first fails, a
// reader behind the batch opens it, which is not needed otherwise.
const SCRIPT = `
pin() {
  mkdir "$pins/$2"
  for id in $(sed -n "s/^$1_id:[^0-9]*//p" /proc/$(cat pid)/fdinfo/* 2> /dev/null | sort -nu); do
    bpftool $1 pin id $id "$pins/$2/$id" > /dev/null
  done
}
pins=$3
cd "$1" && mkfifo wait && printf 'prog load %s\\nbtf dump file wait\\n' "$2" > batch
(sh -c 'echo $$ > pid; exec bpftool -L batch file batch' > log 2>&1; : < wait) &
exec 3> wait
pin prog programs
pin map maps
exec 3>&-
kill $!
wait
cat log
`;

/** Names as the kernel keeps them. */
const NAME_CHARACTERS = 15;

/**
 * Loads the file and pins its programs and maps by name, as `bpftool prog loadall` does.
 * @throws InputError `program-load` where Linux refuses
 */
export function loadByIndex(bpftool: Bpftool, object: ObjectSpec, file: string): void {
  const log = bpftool.script(SCRIPT, [bpftool.folder, file, bpftool.pins]);
  const wanted = { prog: object.programs.map(({ name }) => name), map: object.maps.map(({ name }) => name) };
  const isComplete = (['prog', 'map'] as const).every(kind => {
    const pinned = renamePins(bpftool, kind, wanted[kind]);
    return wanted[kind].every(name => pinned.has(name));
  });
  if (!isComplete) throw new InputError('program-load', `${object.fileName}: Linux: ${log}`);
}

/** Gives pins the names of what they hold; @returns those that were found. */
function renamePins(bpftool: Bpftool, kind: 'prog' | 'map', wanted: readonly string[]): ReadonlySet<string> {
  const folder = join(bpftool.pins, kind === 'prog' ? 'programs' : 'maps');
  const found = new Set<string>();
  for (const pin of readdirSync(folder)) {
    const answer = bpftool.call([kind, 'show', 'pinned', join(folder, pin)]);
    const name = answer.ok ? (answer.value as { readonly name?: string }).name : undefined;
    const full = wanted.find(item => item.slice(0, NAME_CHARACTERS) === name);
    if (full === undefined) continue;
    renameSync(join(folder, pin), join(folder, full.replaceAll('.', '_')));
    found.add(full);
  }
  return found;
}
