// What a packet leaves behind besides its bytes: a redirect target and what became of it there, and output for user space.

/** Where bpf_redirect or bpf_redirect_map sends the frame. */
export type Redirect =
  | {
      readonly kind: 'interface';
      readonly ifindex: number;
      readonly map: string | undefined;
      readonly key: number | undefined;
    }
  | {
      readonly kind: 'broadcast';
      readonly ifindexes: readonly number[];
      readonly map: string;
      /** Numbers of the programs that run on the frames sent, one for each interface, 0 for none. */
      readonly programs?: readonly number[];
    }
  | { readonly kind: 'cpu'; readonly cpu: number; readonly map: string; readonly key: number }
  | { readonly kind: 'socket'; readonly queue: number; readonly map: string; readonly key: number };

/** One place that a frame was redirected to. */
export type DeliveryTarget =
  | { readonly kind: 'interface'; readonly ifindex: number }
  | { readonly kind: 'cpu'; readonly cpu: number }
  | { readonly kind: 'socket'; readonly queue: number };

/** What became of a frame at one place that it was redirected to. */
export interface Delivery {
  readonly target: DeliveryTarget;
  /**
   * `transmitted` by an interface, `received` by a socket or by the network stack on a CPU, `redirected` again by a CPU's program, or
   * `dropped`.
   */
  readonly fate: 'transmitted' | 'received' | 'redirected' | 'dropped';
  /** Why it was dropped: the kernel's errno and what is wrong. */
  readonly reason?: string;
  /** The map entry's own program, and what it returned. */
  readonly program?: { readonly name: string; readonly returnValue: number };
  /** The frame as that program left it. */
  readonly frame?: Uint8Array;
}

/**
 * Something a program said while it handled a packet: a record of a ring buffer once user space sees it, so in the order in which they were
 * reserved; a perf sample as the program gave it, without the zeros with which Linux pads it.
 */
export type PacketEvent =
  | { readonly kind: 'perf'; readonly map: string; readonly cpu: number; readonly data: Uint8Array }
  | { readonly kind: 'ringbuf'; readonly map: string; readonly data: Uint8Array }
  | { readonly kind: 'printk'; readonly text: string };
