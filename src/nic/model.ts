// A NIC as data: what `nic-models/*.json` holds. Every figure has its unit in its key and its source beside it.
import { InputError, messageOf } from '../support/errors.js';

/** One card, or one way of reaching a program. Lengths without frame check sequence. */
export interface NicModel {
  /** Name on the command line; equal to the file's. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly frame: FrameLimits;
  readonly context: ContextDefaults;
}

/** Frames outside these lengths are dropped before they reach a program. */
export interface FrameLimits {
  readonly minimumLengthBytes: number;
  readonly maximumLengthBytes: number;
  readonly source: string;
}

/** What `struct xdp_md` says of frames that come in here. */
export interface ContextDefaults {
  readonly ingressIfindex: number;
  readonly receiveQueueIndex: number;
  readonly cpu: number;
  readonly source: string;
}

/** What a program meets without a NIC model: BPF_PROG_TEST_RUN of Linux. */
export const TEST_RUN_MODEL: NicModel = {
  name: 'test-run',
  title: 'BPF_PROG_TEST_RUN of Linux: no card, every frame reaches the program',
  frame: {
    minimumLengthBytes: 14,
    maximumLengthBytes: 73152,
    source: 'Linux 6.18, BPF_PROG_TEST_RUN: -EINVAL below an Ethernet header, -ENOMEM above 17 fragments of 4096 bytes',
  },
  context: {
    ingressIfindex: 1,
    receiveQueueIndex: 0,
    cpu: 0,
    source: 'Linux 6.18, BPF_PROG_TEST_RUN without ctx_in: the loopback device, queue 0',
  },
};

/**
 * Reads a model.
 * @param text JSON of a file of `nic-models/`
 * @param fileName for messages
 * @throws InputError `nic-model` naming the file, the key and the value
 */
export function parseNicModel(text: string, fileName: string): NicModel {
  const root = new Fields(parseJson(text, fileName), fileName);
  const frame = root.object('frame');
  const context = root.object('context');
  const model: NicModel = {
    name: root.text('name'),
    title: root.text('title'),
    frame: {
      minimumLengthBytes: frame.count('minimumLengthBytes'),
      maximumLengthBytes: frame.count('maximumLengthBytes'),
      source: frame.text('source'),
    },
    context: {
      ingressIfindex: context.count('ingressIfindex'),
      receiveQueueIndex: context.count('receiveQueueIndex'),
      cpu: context.count('cpu'),
      source: context.text('source'),
    },
  };
  if (model.frame.minimumLengthBytes > model.frame.maximumLengthBytes) {
    throw new InputError('nic-model', `${fileName}: frame: the minimum length is above the maximum`);
  }
  return model;
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError('nic-model', `${fileName}: not JSON: ${messageOf(error)}`);
  }
}

/** Checked access to the keys of one JSON object. */
class Fields {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly place: string;

  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InputError('nic-model', `${place}: not an object`);
    }
    this.values = value as Record<string, unknown>;
    this.place = place;
  }

  object(key: string): Fields {
    return new Fields(this.values[key], `${this.place}: ${key}`);
  }

  text(key: string): string {
    const value = this.values[key];
    if (typeof value === 'string' && value !== '') return value;
    throw this.wrong(key, 'a text that is not empty');
  }

  count(key: string): number {
    const value = this.values[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.wrong(key, 'a whole number from 0');
  }

  private wrong(key: string, wanted: string): InputError {
    const value = JSON.stringify(this.values[key]) ?? 'missing';
    return new InputError('nic-model', `${this.place}: ${key}: ${value} is not ${wanted}`);
  }
}
