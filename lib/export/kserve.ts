// The InferenceService with which KServe runs a model in Kubernetes, by its Triton runtime. Source:
// kserve.github.io, "Predictive inference: Triton" and the control plane's API, serving.kserve.io/v1beta1.

/** Where the model repository is unless it is said: at the top of the PersistentVolumeClaim `models`. */
export const STORAGE_URI = "pvc://models";

/**
 * @param name The model's, as in the repository that triton.ts writes.
 * @param storageUri Where that repository is: `s3://`, `gs://`, `pvc://`, `https://`.
 */
export function kserveManifest(name: string, storageUri: string): string {
  return `# Runs the model repository at storageUri, which digits export --target triton writes. Its route is
# /v2/models/${name}/infer, of the Open Inference Protocol.
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: ${resourceName(name)}
spec:
  predictor:
    model:
      modelFormat:
        name: triton
      runtime: kserve-tritonserver
      protocolVersion: v2
      storageUri: ${JSON.stringify(storageUri)}
`;
}

/** A name that Kubernetes takes: lower case, digits and hyphens (RFC 1035, of a DNS label). */
function resourceName(name: string): string {
  return `digits-${name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/-$/, "")}`;
}
