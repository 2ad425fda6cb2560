/** The operator's section of the docs. */
export const docs = `
Runs one container and waits for its end. Docker is asked through its API, so no \`docker\` command has to be
installed; Podman answers to the same API.

\`\`\`yaml
tasks:
  train:
    env:
      TOKEN: \${{ secrets.MODEL_TOKEN }}
    docker:
      image: registry.example.com/train:1.4
      command: [python, train.py, --day, "\${{ ds }}"]
      mounts:
        - { source: ./data, target: /data, read_only: true }
        - { type: volume, source: models, target: /models }
        - { type: tmpfs, target: /scratch, size: 64m }
      memory: 2g
      cpus: 1.5
      network: none
    outputs:
      accuracy: number
\`\`\`

The short form is the image alone: \`docker: registry.example.com/train:1.4\`.

**Command.** A list is taken word by word. A text is split into words as a shell does it, with quotes, and as Compose
does it: no shell runs, so \`$NAME\`, \`|\` and \`&&\` are plain characters. For a script write
\`command: [sh, -c, "train | tee log"]\`. What an expression gives is never split, so it is one argument and no more.
\`entrypoint\` is written the same way. Where they are left out, the image's own are used.

**Environment.** The \`env\` of the pipeline and the task, one \`PARAM_NAME\` for each param, and \`ENGINE_*\`. Nothing of the engine's own
environment goes in. A secret comes in by \`env\`; whoever may use Docker on that machine can read the environment of its
containers.

**Outputs.** \`$ENGINE_OUTPUT\` names a file that every user of the container may write to, as with [bash](bash.md). It
is mounted from the engine's data folder, so Docker has to see that folder under the same path: with Docker on another machine, or an engine
in a container itself, share it.

**Where Docker is.** \`host\`, else the engine's \`DOCKER_HOST\` (\`unix://\`, \`tcp://\`, \`ssh://\`; \`DOCKER_TLS_VERIFY\` and
\`DOCKER_CERT_PATH\` count too), else \`/var/run/docker.sock\`, else Podman's \`$XDG_RUNTIME_DIR/podman/podman.sock\`.

**Images.** \`pull: missing\` asks the registry when the image isn't there, \`always\` each time, \`never\` not at all. Every five
seconds the log says how far a pull has come. For a private registry name a \`connection\` of the type \`docker_registry\`; its
password is sent to that registry and to no other.

**Mounts.** The \`source\` of a folder or file is relative to the task's \`cwd\` and has to be there (Podman
may make it, empty). Volumes are made if need be.

**Log.** Standard output and standard error, each line with the time that Docker gave it.

**How it ends.** Exit code 0 is success, \`skip_exit_code\` skips the task. Otherwise, by \`error.reason\`:

| reason | when | retried |
|---|---|---|
| \`exit_code\` | any other exit code | yes |
| \`out_of_memory\` | it took more than \`memory\` | yes |
| \`not_found\` | there is no such image, folder to mount, network, user or program | no |
| \`refused\` | the registry or Docker says no | no, but for a server's error and a rate limit |
| \`connection_failed\`, \`dns_failed\`, \`tls_failed\` | Docker, or the registry, can't be reached | yes, but for a socket that this user may not use |
| \`output_invalid\` | what it handed on doesn't fit | yes |

The container is removed then, with its unnamed volumes. While Docker doesn't answer it is asked again for half a minute; what could
not be removed even then, the log names, and another attempt of the task removes it before it begins.

**Stopping.** A time-out or a cancel does what \`docker stop\` does: SIGTERM (or the image's \`STOPSIGNAL\`) to the container's first process,
SIGKILL to all of it after \`grace\`. A first process that is to end at SIGTERM has to handle it: a program that doesn't is killed.

**After a crash of the engine.** The container goes on. \`engine run --resume\` finds it by its labels (\`engine.data\`, \`engine.run\`,
\`engine.task\`, \`engine.attempt\`), brings the rest of its log over, without repeating a line or leaving one out, takes its
exit code and removes it. A container that was made and not started is started. If there is none, for the image was just being
pulled, or somebody removed it, the attempt is lost, and \`on_lost\` decides. Until a run is resumed,
\`docker ps --all --filter label=engine.run\` shows what was left.
`;
