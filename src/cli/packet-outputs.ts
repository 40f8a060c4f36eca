// What `replay` writes per packet: JSON lines, and captures with verdicts, of all packets or of those with one action.
import type { Result } from '../engine/engine.js';
import type { ActionName } from '../nic/accounting.js';
import type { ObservedPacket } from '../nic/simulate.js';
import { actionName, XDP_ACTION_NAMES } from '../platform/actions.js';
import type { Decision } from '../report/decision.js';
import { eventLines } from '../report/event-lines.js';
import { packetLine } from '../report/packet-line.js';
import { InputError } from '../support/errors.js';
import { splitAssignment } from './load-options.js';
import { openSink, type Sink, type Terminal } from './terminal.js';
import { type CapturePoints, VerdictFile } from './verdict-file.js';

/** Which outputs are wanted; as the options of `replay`. */
export interface PacketOutputOptions {
  readonly packets: string | undefined;
  readonly packetData: boolean;
  readonly events: string | undefined;
  readonly write: string | undefined;
  readonly writeAction: readonly string[];
  readonly rxCapture: string;
}

interface Filtered {
  /** undefined: every packet. */
  readonly action: ActionName | undefined;
  readonly file: VerdictFile;
}

/** The per-packet outputs of one run. */
export class PacketOutputs {
  private readonly lines: Sink | undefined;
  private readonly events: Sink | undefined;
  private readonly withData: boolean;
  private readonly files: readonly Filtered[];

  /** @throws InputError `option` for an action that is none, `output` for a file that cannot be written */
  constructor(options: PacketOutputOptions, terminal: Terminal, program: string) {
    const chosen = options.writeAction.map(parseWriteAction);
    const points: CapturePoints = {
      entry: options.rxCapture.includes('entry'),
      exit: options.rxCapture.includes('exit'),
    };
    const open = (action: ActionName | undefined, path: string): Filtered => ({
      action,
      file: new VerdictFile(openSink(path, terminal), program, points),
    });
    this.withData = options.packetData;
    this.lines = options.packets === undefined ? undefined : openSink(options.packets, terminal);
    this.events = options.events === undefined ? undefined : openSink(options.events, terminal);
    this.files = [
      ...(options.write === undefined ? [] : [open(undefined, options.write)]),
      ...chosen.map(({ action, path }) => open(action, path)),
    ];
  }

  write(packet: ObservedPacket, result: Result | undefined, decision: Decision | undefined): void {
    this.lines?.write(packetLine(packet, result, decision, this.withData));
    if (result !== undefined && result.events.length > 0)
      this.events?.write(eventLines(packet.number, packet.timestampNanos, result.events));
    if (this.files.length === 0) return;
    const taken = result === undefined ? undefined : actionName(result.returnValue);
    for (const { action, file } of this.files) {
      if (action === undefined || action === taken) file.write(packet, result, decision);
      else file.pass(packet, result);
    }
  }

  /** Completes all files. */
  end(): void {
    this.lines?.close();
    this.events?.close();
    for (const { file } of this.files) file.end();
  }
}

function parseWriteAction(text: string): { readonly action: ActionName; readonly path: string } {
  const [name, path] = splitAssignment('write-action', text);
  const wanted = name.toUpperCase().replace(/^(XDP_)?/, 'XDP_');
  const action = XDP_ACTION_NAMES.find(known => known === wanted);
  if (action !== undefined) return { action, path };
  const names = XDP_ACTION_NAMES.map(known => known.slice('XDP_'.length).toLowerCase());
  throw new InputError('option', `--write-action ${text}: ${name} is no action; there are ${names.join(', ')}`);
}
