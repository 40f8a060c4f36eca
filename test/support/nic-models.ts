// The NIC models of the package, for tests.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type NicModel, parseNicModel } from '../../src/nic/model.js';

/** Folder of the models. */
export const MODEL_FOLDER = resolve(import.meta.dirname, '../../nic-models');

/** Names of all model files, the abstract ones and test-run included. */
export const MODEL_NAMES: readonly string[] = readdirSync(MODEL_FOLDER)
  .filter(name => name.endsWith('.json') && name !== 'schema.json')
  .map(name => name.slice(0, -'.json'.length))
  .sort();

/** The text of a model's file. */
export function modelFile(name: string): string {
  return readFileSync(join(MODEL_FOLDER, `${name}.json`), 'utf8');
}

/** A model of the package. */
export function modelNamed(name: string): NicModel {
  return parseNicModel(modelFile(name), `${name}.json`, modelFile);
}

/** A model with other figures, given as sections of a file. */
export function changedModel(name: string, sections: Readonly<Record<string, object>>): NicModel {
  const text = JSON.stringify({ name: 'changed', title: 'a changed card', extends: name, ...sections });
  return parseNicModel(text, 'changed.json', modelFile);
}
