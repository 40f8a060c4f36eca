// Ground truth: whether a packet is wanted, and what made it, written beside it as a pcapng comment; and how well a filter does by it.

/** Whether traffic is wanted. */
export type Label = 'benign' | 'attack';

/** What is known of a packet. */
export interface GroundTruth {
  readonly label: Label;
  /** The profile that made it. */
  readonly profile: string;
}

/** The comment that says it. */
export function labelComment({ label, profile }: GroundTruth): string {
  return `label=${label} profile=${profile}`;
}

const COMMENT = /^label=(benign|attack) profile=([\w-]+)$/;

/** What the comments of a packet say; undefined where none is a label. */
export function labelOf(comments: readonly string[] = []): GroundTruth | undefined {
  for (const comment of comments) {
    const [, label, profile] = COMMENT.exec(comment) ?? [];
    if (label !== undefined && profile !== undefined) return { label: label as Label, profile };
  }
  return undefined;
}

/** How a filter did: an attack that was stopped is a true positive. Judged are the packets that it saw. */
export interface LabelScore {
  /** Judged. */
  readonly packets: number;
  /** With a label, but gone before the filter: for neither precision nor recall. */
  readonly lost: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  /** Of what was stopped, the part that was an attack; null where nothing was stopped. */
  readonly precision: number | null;
  /** Of the attacks, the part that was stopped; null where there were none. */
  readonly recall: number | null;
  readonly profiles: readonly ProfileScore[];
}

/** How a filter did on the packets of one profile. */
export interface ProfileScore extends GroundTruth {
  readonly packets: number;
  readonly stopped: number;
  readonly lost: number;
}

interface Row {
  readonly truth: GroundTruth;
  packets: number;
  stopped: number;
  lost: number;
}

/** Counts packets with a label by whether the filter stopped them. */
export class LabelCounter {
  private readonly rows = new Map<string, Row>();

  /** @param isStopped whether the packet goes nowhere: dropped, aborted, or an invalid verdict */
  add(truth: GroundTruth, isStopped: boolean): void {
    const row = this.rowOf(truth);
    row.packets++;
    if (isStopped) row.stopped++;
  }

  /** A packet was lost before the filter: shorter than a frame may be, or in a card that was too busy. */
  addLost(truth: GroundTruth): void {
    this.rowOf(truth).lost++;
  }

  private rowOf(truth: GroundTruth): Row {
    const key = labelComment(truth);
    let row = this.rows.get(key);
    if (row === undefined) {
      row = { truth, packets: 0, stopped: 0, lost: 0 };
      this.rows.set(key, row);
    }
    return row;
  }

  /** The score; undefined where no packet had a label. */
  score(): LabelScore | undefined {
    if (this.rows.size === 0) return undefined;
    const profiles = [...this.rows.values()].map(({ truth, ...counts }) => ({ ...truth, ...counts }));
    profiles.sort((a, b) => (labelComment(a) < labelComment(b) ? -1 : 1));
    const total = (label: Label, count: (row: ProfileScore) => number) =>
      profiles.reduce((sum, row) => sum + (row.label === label ? count(row) : 0), 0);
    const truePositives = total('attack', row => row.stopped);
    const falsePositives = total('benign', row => row.stopped);
    const falseNegatives = total('attack', row => row.packets - row.stopped);
    const trueNegatives = total('benign', row => row.packets - row.stopped);
    return {
      packets: truePositives + falsePositives + falseNegatives + trueNegatives,
      lost: profiles.reduce((sum, row) => sum + row.lost, 0),
      truePositives,
      falsePositives,
      falseNegatives,
      trueNegatives,
      precision: ratio(truePositives, truePositives + falsePositives),
      recall: ratio(truePositives, truePositives + falseNegatives),
      profiles,
    };
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
