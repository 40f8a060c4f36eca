// `xdpsim schema`: the JSON Schemas of what xdpsim writes and reads.
import { HOST_SCHEMA } from '../../machine/host-schema.js';
import { nicModelSchema } from '../../nic/model-schema.js';
import { coverageSchema } from '../../report/covered/coverage-schema.js';
import { packetLineSchema, reportSchema } from '../../report/report-schema.js';
import { specSchema } from '../../testing/spec/schema.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSink, type Terminal } from '../terminal.js';
import type { SchemaOptions } from './schema-options.js';

const SCHEMAS = {
  report: reportSchema,
  packet: packetLineSchema,
  coverage: coverageSchema,
  'nic-model': nicModelSchema,
  host: () => HOST_SCHEMA,
  spec: specSchema,
} as const satisfies Record<SchemaOptions['name'], () => object>;

/** Runs the command. */
export function schema(options: SchemaOptions, terminal: Terminal): ExitCode {
  const sink = openSink(options.output, terminal);
  sink.write(`${JSON.stringify(SCHEMAS[options.name](), null, 2)}\n`);
  sink.close();
  return EXIT.ok;
}
