// What deploy/ says to other programs: that it fits the server. No container runs here, but what its
// files tell a container to do does.

import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { parseAll } from "@std/yaml";
import { ROOT } from "./commands.ts";
import { Reader } from "./docs/reader.ts";
import { ask, testWithService } from "./web/service.ts";

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const PORT = 8000;

/** The instructions of deploy/Dockerfile with what follows each, in order. */
async function readDockerfile(): Promise<[instruction: string, rest: string][]> {
  const text = (await read("deploy/Dockerfile")).replaceAll(/^#.*\n/gm, "").replaceAll("\\\n", "");
  return Array.from(
    text.matchAll(/^([A-Z]+) (.+)$/gm),
    ([, instruction, rest]) => [instruction, rest],
  );
}

Deno.test("the container has the Deno that the README names", async () => {
  const [, version] = (await read("README.md")).match(/npx -y deno@(\S+)/)!;
  const images = (await readDockerfile()).filter(([instruction]) => instruction === "FROM");
  assertEquals(images.map(([, image]) => image.split(" ")[0]), [
    `denoland/deno:${version}`,
    `denoland/deno:distroless-${version}`,
  ]);
});

Deno.test("what the container is built and started with gives a server that is healthy", async () => {
  const instructions = await readDockerfile();
  const after = (name: string) => instructions.find(([instruction]) => instruction === name)![1];
  await using reader = await Reader.start();
  // In the copy of the project the program is where the container would have it at its root.
  const here = (command: string) =>
    (JSON.parse(command) as string[]).filter((word) => word !== "/tini" && word !== "--")
      .map((word) => word.replace("/bin/deno", "deno").replace("/digits", "dist/program"))
      .map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(" ")
      .replaceAll(`:${PORT}`, `:${reader.port}`);
  const health = here(after("HEALTHCHECK").replace(/^CMD /, ""));
  await reader.type(after("RUN"));
  assertEquals(after("COPY"), ". .");
  assertEquals(after("EXPOSE"), `${PORT}`);
  await assertRejects(() => reader.type(health));
  await reader.serve(here(after("ENTRYPOINT")));
  await reader.type(health);
});

testWithService("Kubernetes asks of the server what it has", async (service) => {
  const documents = parseAll(await read("deploy/kubernetes.yaml")) as Record<string, unknown>[];
  const [deployment, web, budget, autoscaler] = documents;
  assertEquals(documents.map(({ kind }) => kind), [
    "Deployment",
    "Service",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
  ]);
  const [, user] = (await readDockerfile()).find(([instruction]) => instruction === "USER")!;
  const [name, threads, port] = ["digits", "2", "http"];
  const [ready, health, metrics, queue] = ["/ready", "/health", "/metrics", "digits_queue_length"];
  const selector = { matchLabels: { app: name } };
  assertObjectMatch(deployment, {
    metadata: { name },
    spec: {
      selector,
      template: {
        metadata: {
          labels: { app: name },
          annotations: { "prometheus.io/path": metrics, "prometheus.io/port": `${PORT}` },
        },
        spec: {
          securityContext: { runAsNonRoot: true, runAsUser: Number(user.split(":")[0]) },
          containers: [{
            args: ["--threads", threads],
            ports: [{ name: port, containerPort: PORT }],
            readinessProbe: { httpGet: { path: ready, port } },
            livenessProbe: { httpGet: { path: health, port } },
            resources: { requests: { cpu: threads } },
            securityContext: { readOnlyRootFilesystem: true },
          }],
        },
      },
    },
  });
  assertObjectMatch(web, { spec: { selector: { app: name }, ports: [{ targetPort: port }] } });
  assertObjectMatch(budget, { spec: { selector } });
  assertObjectMatch(autoscaler, {
    spec: {
      scaleTargetRef: { kind: "Deployment", name },
      metrics: [{ resource: { name: "cpu" } }, { pods: { metric: { name: queue } } }],
    },
  });
  const paths = service.routes.map(({ path }) => path);
  for (const path of [ready, health, metrics]) assert(paths.includes(path), path);
  const { body } = await ask(service, metrics);
  assertStringIncludes(new TextDecoder().decode(body as Uint8Array), `\n${queue} 0`);
});
