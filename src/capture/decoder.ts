// What the pcap and pcapng decoders share: their interface to the reader, and where warnings go.
import { InputError } from '../support/errors.js';
import type { CapturedFrame } from './captured-frame.js';
import type { CaptureInfo, CaptureWarning, ReadOptions } from './frame.js';
import type { RecordSink } from './records.js';

/** Reads the frames of one format from a ByteWindow. */
export interface FrameDecoder {
  readonly info: CaptureInfo | undefined;
  /** The next frame; undefined when more bytes are needed. Throws InputError for a malformed record. */
  next(): CapturedFrame | undefined;
  /** Lets the sink take what it can at once of the bytes at hand; formats without plain records give it nothing. */
  passRecords?(sink: RecordSink): void;
  /** What is incomplete when the bytes end here, as `frame 3 at offset 90 lacks 6 of its 60 bytes`; undefined when nothing is. */
  missing(): string | undefined;
}

/** Collects warnings, one per code, and reports them as they come. */
export class WarningLog {
  readonly warnings: CaptureWarning[] = [];
  private readonly options: ReadOptions;

  constructor(options: ReadOptions) {
    this.options = options;
  }

  get fileName(): string {
    return this.options.fileName;
  }

  warn(code: CaptureWarning['code'], text: string): void {
    if (this.warnings.some(warning => warning.code === code)) return;
    const warning = { code, message: `${this.fileName}: ${text}` };
    this.warnings.push(warning);
    this.options.onWarning?.(warning);
  }

  /** The capture ends inside a record: a warning, or InputError `capture-truncated` in strict mode. */
  truncated(text: string): void {
    if (this.options.strict) throw new InputError('capture-truncated', `${this.fileName}: ${text}`);
    this.warn('capture-truncated', text);
  }
}

/** Corrects the original length of a frame, read at `position`, whose captured length is above it. */
export function raiseOriginalLength(frame: CapturedFrame, position: number, log: WarningLog): void {
  const { number, lengthBytes, originalLengthBytes } = frame;
  frame.originalLengthBytes = lengthBytes;
  log.warn(
    'original-length',
    `frame ${number} at offset ${position}: original length ${originalLengthBytes} is below captured length ${lengthBytes}; ` +
      'the latter is used',
  );
}
