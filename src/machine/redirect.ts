// Follows a redirected frame: to interfaces, CPUs and sockets, through the programs that device and CPU maps hold for it.
// Linux net/core/filter.c (xdp_do_redirect), kernel/bpf/devmap.c, kernel/bpf/cpumap.c, net/xdp/xsk.c.
import { XDP_ACTION } from '../platform/actions.js';
import { VLAN_BYTES } from '../platform/limits.js';
import type { Delivery, DeliveryTarget, Redirect } from './events.js';
import { interfaceByIndex } from './host.js';
import type { BoundProgram, Machine } from './machine.js';

/** Redirects of one frame after the other: a CPU's program may redirect it again, in the kernel without end. */
const MAX_HOPS = 16;

/** What a program made of the frame in the machine's buffer: r0, or why it stopped. */
export type SecondRun =
  | { readonly returnValue: number; readonly fault?: undefined }
  | { readonly returnValue?: undefined; readonly fault: string };

/** Runs a program over the frame in the machine's buffer. */
export type RunSecond = (program: BoundProgram) => SecondRun;

/** The frame on its way, and where it was received. */
interface Sent {
  readonly bytes: Uint8Array;
  readonly metadata: Uint8Array;
  readonly headroomBytes: number;
  readonly hasFragments: boolean;
  readonly ingressIfindex: number;
  readonly queue: number;
}

/**
 * What becomes of the frame in the machine's buffer that `redirect` sends away, one entry a place. The buffer is used for second programs and holds
 * whatever they leave; what they say goes to the machine's events.
 * @param left copies of what the first program left
 */
export function followRedirect(
  machine: Machine,
  redirect: Redirect,
  left: { readonly bytes: Uint8Array; readonly metadata: Uint8Array },
  run: RunSecond,
): Delivery[] {
  const { packet, cpu } = machine;
  const frame: Sent = {
    bytes: left.bytes,
    metadata: left.metadata,
    headroomBytes: packet.headroomBytes,
    hasFragments: packet.fragmentCount > 0,
    ingressIfindex: packet.ingressIfindex,
    queue: packet.queue,
  };
  const deliveries = follow({ machine, run, hops: MAX_HOPS }, frame, redirect);
  machine.cpu = cpu;
  return deliveries;
}

interface Journey {
  readonly machine: Machine;
  readonly run: RunSecond;
  readonly hops: number;
}

function follow(journey: Journey, frame: Sent, redirect: Redirect): Delivery[] {
  const { machine } = journey;
  switch (redirect.kind) {
    case 'interface':
      return [transmit(journey, frame, redirect.ifindex, programAt(machine, redirect.map, redirect.key))];
    case 'broadcast':
      return redirect.ifindexes.map((ifindex, at) =>
        transmit(journey, frame, ifindex, machine.programs[(redirect.programs?.[at] ?? 0) - 1]),
      );
    case 'cpu':
      return handOver(journey, frame, redirect.cpu, programAt(machine, redirect.map, redirect.key));
    case 'socket':
      return [receive(frame, redirect.queue)];
  }
}

function programAt(machine: Machine, map: string | undefined, key: number | undefined): BoundProgram | undefined {
  if (map === undefined || key === undefined) return undefined;
  const table = machine.maps.find(({ spec, redirects }) => spec.name === map && redirects !== undefined)?.redirects;
  return machine.programs[(table?.programOf(key) ?? 0) - 1];
}

/** The driver is asked first: the program runs on what it would take. It is asked again about what the program left, which may be too long. */
function transmit(journey: Journey, frame: Sent, ifindex: number, program: BoundProgram | undefined): Delivery {
  const target: DeliveryTarget = { kind: 'interface', ifindex };
  const problem = transmitProblem(journey.machine, frame, ifindex);
  if (problem !== undefined) return dropped(target, problem);
  if (program === undefined) return { target, fate: 'transmitted' };
  const { outcome, after, returnValue } = runOver(journey, program, frame, ifindex);
  if (returnValue === undefined) return dropped(target, outcome);
  const seen = { program: { name: program.spec.name, returnValue }, frame: after.bytes };
  if (returnValue !== XDP_ACTION.XDP_PASS) return { ...dropped(target, outcome), ...seen };
  const grown = transmitProblem(journey.machine, after, ifindex);
  if (grown !== undefined) return { ...dropped(target, grown), ...seen };
  return { target, fate: 'transmitted', ...seen };
}

function transmitProblem({ host }: Machine, frame: Sent, ifindex: number): string | undefined {
  const egress = interfaceByIndex(host, ifindex);
  if (egress === undefined) return `EINVAL: no interface has the index ${ifindex}`;
  const { name, mtuBytes, headerBytes } = egress;
  if (!egress.transmits) return `EOPNOTSUPP: the driver of ${name} takes no redirected frames`;
  if (frame.hasFragments && !egress.transmitsFragments)
    return `EOPNOTSUPP: the driver of ${name} takes no frames of several buffers`;
  if (!egress.isUp) return `ENETDOWN: ${name} is down`;
  const most = mtuBytes + headerBytes + VLAN_BYTES;
  const { byteLength } = frame.bytes;
  return byteLength > most ? `EMSGSIZE: ${byteLength} bytes are more than the ${most} that ${name} takes` : undefined;
}

/** To another CPU, where the frame goes on to the network stack unless a program wants otherwise. */
function handOver(journey: Journey, frame: Sent, cpu: number, program: BoundProgram | undefined): Delivery[] {
  const target: DeliveryTarget = { kind: 'cpu', cpu };
  if (program === undefined) return [{ target, fate: 'received' }];
  journey.machine.cpu = cpu;
  const { outcome, after, returnValue } = runOver(journey, program, { ...frame, queue: 0 }, 0);
  if (returnValue === undefined) return [dropped(target, outcome)];
  const seen = { program: { name: program.spec.name, returnValue }, frame: after.bytes };
  if (returnValue === XDP_ACTION.XDP_PASS) return [{ target, fate: 'received', ...seen }];
  const { redirect } = journey.machine;
  if (returnValue !== XDP_ACTION.XDP_REDIRECT) return [{ ...dropped(target, outcome), ...seen }];
  if (redirect === undefined || journey.hops === 0) {
    return [{ ...dropped(target, redirect === undefined ? 'no redirect target' : 'redirected too often'), ...seen }];
  }
  const next = follow({ ...journey, hops: journey.hops - 1 }, after, redirect);
  return [{ target, fate: 'redirected', ...seen }, ...next];
}

/** A socket takes what arrives on its own queue. */
function receive({ queue }: Sent, socketQueue: number): Delivery {
  const target: DeliveryTarget = { kind: 'socket', queue: socketQueue };
  if (queue === socketQueue) return { target, fate: 'received' };
  return dropped(target, `EINVAL: the frame came on queue ${queue}, the socket is bound to queue ${socketQueue}`);
}

interface Ran {
  /** Undefined where the program stopped. */
  readonly returnValue: number | undefined;
  /** Why the frame is dropped, where it is. */
  readonly outcome: string;
  readonly after: Sent;
}

function runOver({ machine, run }: Journey, program: BoundProgram, frame: Sent, egressIfindex: number): Ran {
  const { packet } = machine;
  packet.load(frame.bytes, { ...frame, egressIfindex });
  machine.redirect = undefined;
  const { returnValue, fault } = run(program);
  const { headroomBytes, fragmentCount } = packet;
  const left = { bytes: packet.frame(), metadata: packet.metadata(), headroomBytes, hasFragments: fragmentCount > 0 };
  const outcome = `${program.spec.name} ${fault === undefined ? `returned ${returnValue}` : `stopped: ${fault}`}`;
  return { returnValue, outcome, after: { ...frame, ...left } };
}

function dropped(target: DeliveryTarget, reason: string): Delivery {
  return { target, fate: 'dropped', reason };
}
