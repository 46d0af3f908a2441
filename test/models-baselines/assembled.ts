import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventSpec, GenerativeModel, Rng, Scaling } from '@unfold-zoo/core';
import { type Config, loadConfig, service } from '@unfold-zoo/core/config';
import baselines from '@unfold-zoo/models-baselines';
import vld from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import { unitScaling } from '../models-vld/toy-networks.js';

const preset = (name: string, file: string): string =>
  join(dirname(fileURLToPath(import.meta.resolve(`@unfold-zoo/${name}/package.json`))), 'presets', file);

/** The presets of the seven models of the paper. */
export const MODELS: Readonly<Record<string, string>> = {
  paper: preset('models-vld', 'paper.yaml'),
  'uc-vld': preset('models-vld', 'uc-vld.yaml'),
  'c-vld': preset('models-vld', 'c-vld.yaml'),
  ldm: preset('models-baselines', 'ldm.yaml'),
  vdm: preset('models-baselines', 'vdm.yaml'),
  cvae: preset('models-baselines', 'cvae.yaml'),
  cinn: preset('models-baselines', 'cinn.yaml'),
};

/** These, and what they extend. */
const PRESETS = { ...MODELS, 'paper-networks': preset('parts', 'paper-networks.yaml') };

const ENCODER = ['conditionEncoder.width=8', 'conditionEncoder.heads=2', 'conditionEncoder.layers=1'];
const CODEC = ['codec.width=6', 'codec.encoderBlocks=1', 'codec.decoderBlocks=1'];
const DIFFUSION = ['denoiser.width=8', 'denoiser.blocks=1', 'schedule.hidden=8', 'sampler.steps=5'];
const FLOW = ['model.blocks=3', 'model.layers=2', 'model.units=8'];

/** Overrides that bring a preset to sizes at which it takes moments in plain JavaScript. */
export function smaller(name: string): string[] {
  if (name === 'cinn') return [...ENCODER, ...FLOW];
  if (name === 'cvae') return [...ENCODER, ...CODEC];
  return [...ENCODER, ...(name === 'vdm' ? [] : CODEC), ...DIFFUSION];
}

/** A preset with overrides. */
export function readPreset(name: string, overrides: readonly string[] = []): Promise<Config> {
  return loadConfig({ config: MODELS[name]!, overrides, plugins: [parts, vld, baselines], presets: PRESETS });
}

/** The model of a preset, made smaller, for events of the given description. */
export async function assembled(
  name: string,
  spec: EventSpec,
  overrides: readonly string[] = [],
): Promise<GenerativeModel> {
  const { catalogue, choices } = await readPreset(name, [...smaller(name), ...overrides]);
  catalogue.checkUnused([GenerativeModel], choices);
  const services = [service(EventSpec, spec), service(Scaling, unitScaling(spec.particles.length))];
  return catalogue.assemble(GenerativeModel, choices, new Rng(5), services);
}
