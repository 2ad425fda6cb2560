local boards = {
  'engine-overview.json': import 'overview.libsonnet',
  'engine-pipeline.json': import 'pipeline.libsonnet',
  'engine-task.json': import 'task.libsonnet',
  'engine-scheduler.json': import 'scheduler.libsonnet',
  'engine-executors.json': import 'executors.libsonnet',
  'engine-slo.json': import 'slo.libsonnet',
  'engine-gitops.json': import 'gitops.libsonnet',
  'engine-quality.json': import 'quality.libsonnet',
};
local ofPipeline = import 'of-pipeline.libsonnet';

{
  local config = self._config,
  local boarded = if std.isArray(config.pipelineBoards) then config.pipelineBoards else if config.pipelineBoards then config.pipelines else [],
  local lib = (import '../lib/panels.libsonnet')(config),

  grafanaDashboards+::
    { [file]: boards[file](config, lib) for file in std.objectFields(boards) } +
    {
      ['engine-pipeline-' + pipeline.name + '.json']: ofPipeline(config, lib, pipeline)
      for pipeline in boarded
    },
}
