export { type Difference, differences } from "./difference.ts";
export { ADDON, findJsonnet, type Jsonnet, JsonnetError, overridesOf } from "./jsonnet.ts";
export { type MixinPipeline, mixinInput } from "./mixin-input.ts";
export { FORMATS, type Format, type Monitoring, outputsOf } from "./outputs.ts";
