export { type Difference, differences } from "./difference.ts";
export { evaluateMixin } from "./evaluate-mixin.ts";
export { ADDON, findJsonnet, type Jsonnet, JsonnetError, overridesOf } from "./jsonnet.ts";
export { type MixinPipeline, mixinInput } from "./mixin-input.ts";
export { FORMATS, type Format, type Monitoring, outputsOf } from "./outputs.ts";
export { prometheusSource } from "./preview/prometheus.ts";
export { type SampleWorld, sampleSource, sampleWorld } from "./preview/samples.ts";
export { type LabelQuestion, type PreviewSource, type Question, type Series, SourceError } from "./preview/source.ts";
